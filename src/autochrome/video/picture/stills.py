"""Single images of a film: files that are opened as photographs, and frames made of those."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.photo import Photo, open_photo, photo_from_array, to_array
from autochrome.photo.failure import reading
from autochrome.photo.profile import lightness, split_alpha
from autochrome.photo.turn import turn_upright
from autochrome.video.container.source import Clip
from autochrome.video.picture.formats import depth_of, plane_array, read_luma
from autochrome.video.picture.join import lightness_of_luma
from autochrome.video.picture.tags import ColorTags

BY_FFMPEG = frozenset({".dpx", ".tga", ".sgi"})
"""Suffixes of images that films are made of, and that FFmpeg reads rather than libvips."""

_BT709 = 1


def open_still(path: Path) -> Photo:
    """Open an image of a sequence.

    Raises
    ------
    UnreadablePhotoError
        If it is missing, damaged, or nothing that can be read.
    """
    if path.suffix.lower() not in BY_FFMPEG:
        return open_photo(path)
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            pixels = _pixels(frame)
    except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise UnreadablePhotoError(f"Cannot read {path}: {error}", "Save it as TIFF") from error
    return replace(photo_from_array(pixels), name=str(path))


def _pixels(frame: av.VideoFrame) -> NDArray[Any]:
    """Return gray or RGB, of 8 bits as they are, of more on a scale of 16."""
    depth = depth_of(frame.format)
    gray = len(frame.format.components) < 3
    if depth == 8:
        return np.asarray(frame.to_ndarray(format="gray" if gray else "rgb24"))
    if frame.format.name.startswith("gbrp"):  # FFmpeg would shift: white would be a little gray
        deep = frame.to_ndarray(format=f"gbrp{depth}le").astype(np.float32)
        return np.asarray(np.rint(deep * np.float32(65535 / (2**depth - 1))), dtype=np.uint16)
    return np.asarray(frame.to_ndarray(format="gray16le" if gray else "rgb48le"))


def frame_to_photo(frame: av.VideoFrame, clip: Clip, number: int) -> Photo:
    """Take the Y' of a decoded frame for a gray photograph, of 8 bits or of 16, upright."""
    depth = 8 if depth_of(frame.format) == 8 else 16
    luma = read_luma(frame, clip.tags, replace(clip.tags, full_range=True), depth)
    turn = clip.turn
    pixels = turn.upright(luma) if turn else luma
    return replace(photo_from_array(pixels), name=f"frame {number}")


def clip_of(first: Photo, name: str, rate: Fraction) -> Clip:
    """Describe the film that images make, by the first of them."""
    height, width = first.upright_size
    return Clip(
        name=name,
        width=width,
        height=height,
        pix_fmt="gray" if first.depth == 8 else "gray16le",
        tags=ColorTags(_BT709, _BT709, _BT709),
        time_base=1 / rate,
        rate=rate,
        sample_aspect_ratio=None,
    )


def photo_to_frame(photo: Photo, index: int, clip: Clip, pix_fmt: str) -> av.VideoFrame:
    """Make the frame of a film of an image, upright, with its L* only: color comes later.

    Raises
    ------
    UsageError
        If it has another size than the film.
    UnreadablePhotoError
        If it is damaged.
    """
    if photo.upright_size != (clip.height, clip.width):
        height, width = photo.upright_size
        raise UsageError(
            f"{photo.name} is {width} x {height}, the first image {clip.width} x {clip.height}",
            "Give images of one size",
        )
    frame = av.VideoFrame(clip.width, clip.height, pix_fmt)
    frame.pts, frame.time_base = index, clip.time_base
    black, white = clip.tags.luma_scale(depth_of(frame.format))
    luma = _luma(_lightness(photo))
    plane_array(frame, 0)[:] = np.rint(luma * np.float32(white - black) + np.float32(black))
    return frame


def _lightness(photo: Photo) -> NDArray[np.float32]:
    """Return L* of all pixels, upright; (H, W)."""
    with reading(photo.name):
        pixels, _ = split_alpha(turn_upright(photo.read(), photo))
        return to_array(lightness(pixels).cast("float"))[..., 0]


def _luma(l_star: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Y' in [0, 1] that is neutral at this L*."""
    gray = np.linspace(0, 1, 4096, dtype=np.float32)
    return np.asarray(np.interp(l_star, lightness_of_luma(gray), gray), dtype=np.float32)
