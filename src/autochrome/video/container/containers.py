"""Containers that a film can be written to, by the suffix of its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autochrome.errors import UsageError
from autochrome.video.options import Codec, VideoOptions

CONTAINERS: dict[str, tuple[Codec, ...]] = {
    ".mp4": ("h264", "h265"),
    ".m4v": ("h264",),
    ".mov": ("h264", "h265", "prores"),
    ".mkv": ("h264", "h265", "prores", "ffv1"),
}
"""What each can hold, first the codec that is taken if none is asked for."""


def choose_codec(destination: Path, options: VideoOptions) -> VideoOptions:
    """Fill in the codec that is usual for the container.

    Raises
    ------
    UsageError
        If films are not written to such a file, or not with that codec.
    """
    suffix = destination.suffix.lower()
    if suffix not in CONTAINERS:
        known = ", ".join(CONTAINERS)
        raise UsageError(
            f"{destination.name} does not end like a film that can be written",
            f"Choose a name that ends in one of {known}; for images, in / or as %05d.png",
        )
    codecs = CONTAINERS[suffix]
    if options.codec is None:
        return replace(options, codec=codecs[0])
    if options.codec not in codecs:
        fitting = " or ".join(name for name, held in CONTAINERS.items() if options.codec in held)
        raise UsageError(
            f"A {suffix} file does not hold {options.codec}", f"Give a name that ends in {fitting}"
        )
    return options
