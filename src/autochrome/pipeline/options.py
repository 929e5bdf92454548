"""What a person may choose about the color of a photograph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from autochrome.errors import UsageError
from autochrome.photo import Profile, WriteOptions

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
    quality : of JPEG, WebP and AVIF files, in [1, 100].
    profile : color space of files: "srgb", "p3" (Display P3), or "keep" for the photograph's own
        if that is RGB and can hold the colors of sRGB.
    autorotate : turn the pixels of files upright and reset the orientation tag.

    Raises
    ------
    UsageError
        If a value is outside its range.
    """

    temperature: float | None = None
    vividness: float | None = None
    saturation: float = 1.0
    working_side: int | None = None
    quality: int = 95
    profile: Profile = "srgb"
    autorotate: bool = False

    @property
    def writing(self) -> WriteOptions:
        """Those of the options that are about the file."""
        return WriteOptions(quality=self.quality, profile=self.profile, autorotate=self.autorotate)

    def __post_init__(self) -> None:
        if self.profile not in get_args(Profile):
            known = ", ".join(get_args(Profile))
            raise UsageError(f"profile must be one of {known}, got {self.profile!r}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise UsageError(f"{name} must be from {low:g} to {high:g}, got {value}")


DEFAULT_OPTIONS = ColorizeOptions()
