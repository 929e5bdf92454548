"""Containers that a film can be written to, by the suffix of its name."""

from __future__ import annotations

from pathlib import Path

from autochrome.errors import UsageError
from autochrome.video.options import Codec, VideoOptions

CONTAINERS: dict[str, tuple[Codec, ...]] = {
    ".mp4": ("h264", "h265"),
    ".m4v": ("h264",),
    ".mov": ("h264", "h265", "prores"),
    ".mkv": ("h264", "h265", "prores", "ffv1"),
}
"""What each can hold."""


def check_codec(destination: Path, options: VideoOptions) -> None:
    """Refuse a file that is no film, or that does not hold the codec.

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
    if options.codec not in CONTAINERS[suffix]:
        fitting = " or ".join(name for name, held in CONTAINERS.items() if options.codec in held)
        raise UsageError(
            f"A {suffix} file does not hold {options.codec}", f"Give a name that ends in {fitting}"
        )
