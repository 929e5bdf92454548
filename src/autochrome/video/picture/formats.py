"""Formats of frames: where Y' lies in a frame of any of them, and Y' of those that have none.

Luma is copied from where it lies, never converted: FFmpeg's own conversion rescales gray pictures,
and rounds. Only R'G'B' is converted, and rounded once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import av
import numpy as np
from av.video.format import VideoFormat
from numpy.typing import NDArray

from autochrome.video.picture.tags import ColorTags, is_rgb

_PLANAR = re.compile(r"(gray|yuv[aj]?4|nv\d|p[024]1\d)")
_PACKED = {  # samples from one Y' to the next, and before the first
    **dict.fromkeys(("yuyv422", "yvyu422", "y210", "y212", "y216", "ya8", "ya16"), (2, 0)),
    "uyvy422": (2, 1),
    "vyu444": (3, 1),
    **dict.fromkeys(("vuya", "vuyx"), (4, 2)),
    **dict.fromkeys(("ayuv", "uyva", "ayuv64", "xv36", "xv48"), (4, 1)),
}
_HIGH_BITS = re.compile(r"(p[024]1\d|y21\d|xv36|.*msb)")  # whose samples fill 16 bits from above
_MONO = ("monow", "monob")
_NOT_CONVERTED = re.compile(r"(rgb4|bgr4|x2...10be|y21\dbe)$")  # by FFmpeg, nor made by a decoder
_DEEPEST = 16


def base_name(pixels: VideoFormat) -> str:
    """Return FFmpeg's name of a format without the order of its bytes."""
    return re.sub("(le|be)$", "", pixels.name)


def depth_of(pixels: VideoFormat) -> int:
    """Return the bits of Y', or of R', G' and B'; at least 8, as which fewer are read."""
    return max([8, *(component.bits for component in pixels.components)])


def is_readable(pixels: VideoFormat) -> bool:
    """Tell whether `read_luma` knows a format."""
    no_codes = depth_of(pixels) > _DEEPEST or "f16" in pixels.name or pixels.is_bayer
    if no_codes or pixels.name.startswith("xyz") or _NOT_CONVERTED.match(pixels.name):
        return False
    known = _PLANAR.match(pixels.name) or base_name(pixels) in _PACKED or pixels.name in _MONO
    return bool(known) or is_rgb(pixels)


def has_alpha(pixels: VideoFormat) -> bool:
    """Tell whether a format holds transparency; that of a palette is not counted."""
    return any(component.is_alpha for component in pixels.components)


def read_luma(
    frame: av.VideoFrame, source: ColorTags, wanted: ColorTags, depth: int
) -> NDArray[Any]:
    """Read the codes of Y' from a frame of any format that `is_readable`.

    Parameters
    ----------
    source : of the frame.
    wanted, depth : of the codes: those of the frame itself, if it has the same range and depth.

    Returns
    -------
    (H, W) uint8, or uint16 beyond 8 bits, as the frame is stored; a copy.
    """
    if frame.format.name in _MONO:
        frame = frame.reformat(format="gbrp", threads=1)
    if is_rgb(frame.format):
        return _luma_of_rgb(frame, wanted, depth)
    bits = depth_of(frame.format)
    step, offset = _PACKED.get(base_name(frame.format), (1, 0))
    stored = plane_array(frame, 0, step, offset)
    codes: NDArray[Any] = stored.astype(np.uint8 if bits == 8 else np.uint16)
    if _HIGH_BITS.match(frame.format.name):
        codes = codes >> (16 - bits)
    if (bits, source.full_range) == (depth, wanted.full_range):
        return codes
    return _code_table(source, bits, wanted, depth).take(codes)


def plane_array(frame: av.VideoFrame, index: int, step: int = 1, offset: int = 0) -> NDArray[Any]:
    """View a plane as (H, W) uint8 or uint16; writing to it writes the frame.

    Parameters
    ----------
    step, offset : of a plane that holds several components: samples from one to the next of the
        same component, and before the first.
    """
    plane = frame.planes[index]
    order = ">" if frame.format.is_big_endian else "<"
    dtype = np.dtype(np.uint8 if depth_of(frame.format) == 8 else f"{order}u2")
    stride = plane.line_size
    start = (plane.height - 1) * -stride if stride < 0 else 0  # stored from the bottom up
    return np.ndarray(
        (plane.height, plane.width),
        dtype,
        buffer=memoryview(plane),
        offset=start + offset * dtype.itemsize,
        strides=(stride, step * dtype.itemsize),
    )


@cache
def _code_table(source: ColorTags, bits: int, wanted: ColorTags, depth: int) -> NDArray[Any]:
    """Tabulate codes of Y' at another depth or range; codes beyond black and white stay beyond."""
    black, white = source.luma_scale(bits)
    new_black, new_white = wanted.luma_scale(depth)
    scaled = (np.arange(2**bits) - black) / (white - black) * (new_white - new_black) + new_black
    codes = np.rint(scaled).clip(0, 2**depth - 1)
    return codes.astype(np.uint8 if depth == 8 else np.uint16)


def _luma_of_rgb(frame: av.VideoFrame, wanted: ColorTags, depth: int) -> NDArray[Any]:
    bits = depth_of(frame.format)
    if not frame.format.name.startswith("gbr") or "msb" in frame.format.name:
        planar = "gbrp" if bits == 8 else f"gbrp{bits}le"
        frame = frame.reformat(format=planar, threads=1)
    black, white = wanted.luma_scale(depth)
    luma = np.full((frame.height, frame.width), black + 0.5, dtype=np.float32)
    for component, weight in zip(frame.format.components, wanted.luma_weights(), strict=False):
        scale = np.float32(weight * (white - black) / (2**bits - 1))
        luma += plane_array(frame, component.plane) * scale
    return luma.astype(np.uint8 if depth == 8 else np.uint16)
