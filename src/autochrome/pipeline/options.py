"""What a person may choose about the color of a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, get_args

from autochrome.errors import UsageError
from autochrome.models import MAX_SMOOTHING
from autochrome.photo import Profile, WriteOptions
from autochrome.pipeline.hints import Hint
from autochrome.pipeline.presets import VIVIDNESS_OFFSETS, Preset
from autochrome.pipeline.variants import Variant

_RANGES = {
    "temperature": (0.01, 1.0),
    "vividness": (-1.0, 1.0),
    "smoothing": (0, MAX_SMOOTHING),
    "saturation": (0.0, 4.0),
    "strength": (0.0, 1.0),
    "working_side": (16, 1024),
    "quality": (1, 100),
}


@dataclass(frozen=True, kw_only=True)
class ColorizeOptions:
    """How to color a photograph.

    Parameters
    ----------
    preset : "natural", "balanced" or "vivid": how bold the color is; balanced is the model's own.
        What `vividness` says goes before.
    temperature : of the annealed mean, in [0.01, 1]: low picks one color, high averages them.
        None takes the model's own.
    vividness : how far saturated colors are favored, in [-1, 1]. None takes the model's own.
    smoothing : passes of averaging cells that are alike, in [0, 5]: more makes patches in one thing
        fewer, and small things paler. None takes the model's own.
    saturation : factor on the predicted chroma, in [0, 4], before colors outside sRGB are brought
        inside; 0 gives a gray photograph.
    strength : how much of the finished color is laid over the gray photograph, in [0, 1]: unlike
        `saturation` it comes last, fades hints too, and never makes a color stronger.
    working_side : short side, in pixels, at which the network sees the photograph, in
        [16, 1024]. None takes the model's own, or that of a smaller photograph, but for thumbnails.
    flip_averaging : let the network look at the mirror image too, and decode the mean of both
        answers, in twice its time.
    hints : colors that are known, at places of one photograph.
    variant : which of several plausible versions; None is the ordinary one.
    skip_color : leave photographs, and pages of a TIFF, alone that are in color already.
    quality : of JPEG, WebP and AVIF files, in [1, 100].
    profile : color space of files: "srgb", "p3" (Display P3), or "keep" for the photograph's own
        if that is RGB and can hold the colors of sRGB.
    autorotate : turn the pixels of files upright and reset the orientation tag.
    provenance : say in a file's XMP that its color was made by an algorithm, which, and when.
    mark : draw a small visible mark in a corner of a file; only there L* changes.

    Raises
    ------
    UsageError
        If a value is outside its range, or of another type.
    """

    preset: Preset = "balanced"
    temperature: float | None = None
    vividness: float | None = None
    smoothing: int | None = None
    saturation: float = 1.0
    strength: float = 1.0
    working_side: int | None = None
    flip_averaging: bool = False
    hints: tuple[Hint, ...] = ()
    variant: Variant | None = None
    skip_color: bool = False
    quality: int = 95
    profile: Profile = "srgb"
    autorotate: bool = False
    provenance: bool = True
    mark: bool = False

    @property
    def writing(self) -> WriteOptions:
        """Those of the options that are about the file; only a colorizer knows the provenance."""
        return WriteOptions(
            quality=self.quality,
            profile=self.profile,
            autorotate=self.autorotate,
            mark=self.mark,
        )

    def __post_init__(self) -> None:
        if self.preset not in VIVIDNESS_OFFSETS:
            known = ", ".join(VIVIDNESS_OFFSETS)
            raise UsageError(f"preset must be one of {known}, got {self.preset!r}")
        if self.profile not in get_args(Profile):
            known = ", ".join(get_args(Profile))
            raise UsageError(f"profile must be one of {known}, got {self.profile!r}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            whole = isinstance(low, int)
            number: Any = Integral if whole else Real
            if value is not None and not (isinstance(value, number) and low <= value <= high):
                kind = "a whole number " if whole else ""
                raise UsageError(f"{name} must be {kind}from {low:g} to {high:g}, got {value!r}")
        # An iterator would be used up by a look at what is in it.
        is_several = isinstance(self.hints, (tuple, list))
        if not (is_several and all(isinstance(hint, Hint) for hint in self.hints)):
            raise UsageError(
                f"hints must be a tuple of Hint, got {self.hints!r}",
                "Write (parse_hint('50%,50%=#7aa8d8'),); it is in autochrome.pipeline.hints",
            )
        if self.variant is not None and not isinstance(self.variant, Variant):
            raise UsageError(
                f"variant must be a Variant, got {self.variant!r}",
                "Write Variant(2, 4) for the second of four; it is in autochrome.pipeline",
            )

    @staticmethod
    def check(options: object) -> None:
        """Refuse what is not options, as a dictionary of them.

        Raises
        ------
        UsageError
            If it is something else.
        """
        check_kind(options, ColorizeOptions, "ColorizeOptions(preset='natural')")


def check_kind(options: object, kind: type, example: str) -> None:
    """Raise UsageError if options are of another kind; `example` shows how to write them."""
    if not isinstance(options, kind):
        raise UsageError(
            f"options must be {kind.__name__}, got {type(options).__name__}",
            f"Write them as {example}",
        )


DEFAULT_OPTIONS = ColorizeOptions()
