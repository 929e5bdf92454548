"""A clip to read: its picture, and what is known of it before the first frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from autochrome.errors import UnreadableVideoError
from autochrome.video.tags import ColorTags, read_tags

_BOTTOM_FIRST = (3, 4)  # by FFmpeg's numbers: bottom field coded first or shown first


@dataclass(frozen=True)
class Clip:
    """The video stream of an input.

    Parameters
    ----------
    name : for messages.
    width, height : as frames are stored; as they are upright, once `look_at_picture` has looked.
    pix_fmt : their format, by FFmpeg's name.
    tags : of its color.
    time_base : seconds a tick of its timestamps.
    rate : frames a second, as far as the container knows; frames may come unevenly.
    sample_aspect_ratio : of the sides of a pixel, width to height.
    interlaced : whether frames are of two fields each, from two moments.
    bottom_first : whether the field of the odd lines is the earlier one.
    """

    name: str
    width: int
    height: int
    pix_fmt: str
    tags: ColorTags
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None
    interlaced: bool = False
    bottom_first: bool = False


def open_input(path: Path) -> InputContainer:
    """Open a clip.

    Raises
    ------
    UnreadableVideoError
        If it is missing, or nothing that FFmpeg reads.
    """
    try:
        return av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise UnreadableVideoError(f"Cannot read {path}: {error.strerror or error}") from error


def describe(container: InputContainer, name: str) -> Clip:
    """Find the video stream and tell what is known of it.

    Raises
    ------
    UnreadableVideoError
        If there is none.
    """
    if not container.streams.video:
        raise UnreadableVideoError(f"{name} has no picture", "Give a file with a video stream")
    stream = container.streams.video[0]
    context = stream.codec_context
    assert stream.time_base is not None
    return Clip(
        name=name,
        width=context.width,
        height=context.height,
        pix_fmt=context.pix_fmt or "yuv420p",
        tags=read_tags(context),
        time_base=stream.time_base,
        rate=stream.average_rate or stream.guessed_rate,
        sample_aspect_ratio=stream.sample_aspect_ratio,
        bottom_first=context.field_order in _BOTTOM_FIRST,
    )


def read_frames(container: InputContainer) -> Iterator[av.VideoFrame]:
    """Decode the frames of the video stream, in the order in which they are shown."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    yield from container.decode(stream)
