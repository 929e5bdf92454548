"""What a person may choose about a film."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Integral
from typing import Literal, get_args

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions
from autochrome.pipeline.options import check_kind
from autochrome.video.container.excerpt import Excerpt
from autochrome.video.retouch.hints import SceneHint
from autochrome.video.retouch.reference import Reference

Codec = Literal["h264", "h265", "prores", "ffv1"]
PipeFormat = Literal["matroska", "mp4", "mpegts"]

Speed = Literal[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
]

_CRF = (0, 51)


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """How to color a film and how to write it; its container is chosen by the name of the output.

    Parameters
    ----------
    color : how to decode; of its fields those about files are for images.
    codec : of the video stream: "h264" and "h265" for everyone, "prores" for editing, "ffv1" for
        archives, which loses nothing.
    crf : of h264 and h265, in [0, 51]: quality at constant rate factor, lower is better.
    speed : of h264 and h265, the encoder's own preset, "ultrafast" to "veryslow".
    format : of what goes through a pipe; "mp4" comes in fragments. Matroska has timestamps of
        whole milliseconds, MPEG-TS of 1/90000 s.
    rate : frames a second of a film that is a sequence of images.
    hints : colors that are known, at places of the first frame of a scene.
    references : color stills, whose colors their scenes take over.
    excerpt : the piece to color; None for all of the film.

    Raises
    ------
    UsageError
        If a value is outside its range or of another type, or the color options have what only a
        photograph can.
    """

    color: ColorizeOptions = field(default_factory=ColorizeOptions)
    codec: Codec = "h264"
    crf: int = 17
    speed: Speed = "medium"
    hints: tuple[SceneHint, ...] = ()
    references: tuple[Reference, ...] = ()
    excerpt: Excerpt | None = None
    format: PipeFormat = "matroska"
    rate: Fraction = Fraction(24)

    def __post_init__(self) -> None:
        self._check_color()
        for name, kind in (("codec", Codec), ("speed", Speed), ("format", PipeFormat)):
            value, known = getattr(self, name), get_args(kind)
            if value not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if not (isinstance(self.rate, Fraction) and self.rate > 0):
            raise UsageError(
                f"rate must be a Fraction above 0, got {self.rate!s}", "Write Fraction(25)"
            )
        low, high = _CRF
        if not (isinstance(self.crf, Integral) and low <= self.crf <= high):
            raise UsageError(f"crf must be a whole number from {low} to {high}, got {self.crf!r}")
        self._check_several("hints", SceneHint, "parse_scene_hint('2:50%,50%=#7aa8d8')")
        self._check_several("references", Reference, "parse_reference('120=photo.png')")
        if self.excerpt is not None and not isinstance(self.excerpt, Excerpt):
            raise UsageError(
                f"excerpt must be an Excerpt, got {self.excerpt!r}",
                "Write parse_excerpt('10s'); it is in autochrome.video",
            )

    def _check_color(self) -> None:
        if not isinstance(self.color, ColorizeOptions):
            raise UsageError(f"color must be ColorizeOptions, got {self.color!r}")
        if self.color.hints:
            raise UsageError("A hint in a film belongs to a scene", "Give it as a SceneHint")
        if self.color.skip_color:
            raise UsageError("skip_color is for photographs: a film is always colored anew")

    def _check_several(self, name: str, kind: type, example: str) -> None:
        given = getattr(self, name)
        # An iterator would be used up by a look at what is in it.
        if not (isinstance(given, (tuple, list)) and all(isinstance(one, kind) for one in given)):
            raise UsageError(
                f"{name} must be a tuple of {kind.__name__}, got {given!r}",
                f"Write ({example},); it is in autochrome.video",
            )

    @staticmethod
    def check(options: object) -> None:
        """Refuse what is not options, as those of a photograph.

        Raises
        ------
        UsageError
            If it is something else.
        """
        example = "VideoOptions(color=ColorizeOptions(preset='natural'))"
        check_kind(options, VideoOptions, example)
