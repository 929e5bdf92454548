"""What a person may choose about the color of a photograph."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autochrome.errors import UsageError
from autochrome.photo import WriteOptions

_RANGES = {
    "temperature": (0.01, 1.0),
    "vividness": (-1.0, 1.0),
    "saturation": (0.0, 4.0),
    "working_side": (16, 1024),
    "quality": (1, 100),
}


@dataclass(frozen=True, kw_only=True)
class ColorizeOptions:
    """How to color a photograph.

    Parameters
    ----------
    temperature : of the annealed mean, in [0.01, 1]: low picks one color, high averages them.
        None takes the model's own.
    vividness : how far rare colors are favored, in [-1, 1]. None takes the model's own.
    saturation : factor on chroma, in [0, 4]; 0 gives a gray photograph.
    working_side : short side, in pixels, at which the network sees the photograph, in
        [16, 1024]. None takes the model's own.
    skip_color : leave photographs alone that are in color already.
    quality : of JPEG, WebP and AVIF files, in [1, 100].

    Raises
    ------
    UsageError
        If a value is outside its range.
    """

    temperature: float | None = None
    vividness: float | None = None
    saturation: float = 1.0
    working_side: int | None = None
    skip_color: bool = False
    quality: int = 95

    @property
    def writing(self) -> WriteOptions:
        """Those of the options that are about the file."""
        return WriteOptions(quality=self.quality)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise UsageError(f"{name} must be from {low:g} to {high:g}, got {value}")


DEFAULT_OPTIONS = ColorizeOptions()
