"""What a person may choose about a film."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions
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
    color : how to decode; of its fields those about files do not count.
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
        If a value is outside its range, or the color options have what only a photograph can.
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
        if self.color.hints:
            raise UsageError("A hint in a film belongs to a scene", "Give it as a SceneHint")
        for name, kind in (("codec", Codec), ("speed", Speed), ("format", PipeFormat)):
            value, known = getattr(self, name), get_args(kind)
            if value not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if self.rate <= 0:
            raise UsageError(f"rate must be above 0, got {self.rate}")
        low, high = _CRF
        if not low <= self.crf <= high:
            raise UsageError(f"crf must be from {low} to {high}, got {self.crf}")
