"""Planes of a decoded frame as arrays."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.video.join import join_chroma, lightness_of_luma, linear_chroma
from autochrome.video.source import Clip
from autochrome.video.tags import ColorTags


def plane_array(frame: av.VideoFrame, index: int) -> NDArray[Any]:
    """View a plane of a planar frame as (H, W) uint8 or uint16; writing to it writes the frame."""
    plane = frame.planes[index]
    dtype = np.dtype(np.uint8 if depth_of(frame) == 8 else "<u2")
    rows: NDArray[Any] = np.frombuffer(memoryview(plane), dtype=dtype).reshape(
        -1, plane.line_size // dtype.itemsize
    )
    return rows[: plane.height, : plane.width]


def depth_of(frame: av.VideoFrame) -> int:
    """Return the bits of Y'."""
    return int(frame.format.components[0].bits)


def prepare_frame(frame: av.VideoFrame, clip: Clip, pix_fmt: str) -> av.VideoFrame:
    """Bring a decoded frame to a planar Y'CbCr format, with the same Y', upright."""
    return frame if frame.format.name == pix_fmt else frame.reformat(format=pix_fmt)


def small_luma(frame: av.VideoFrame, size: tuple[int, int], tags: ColorTags) -> NDArray[np.float32]:
    """Return Y' in [0, 1], averaged down to a height and width."""
    small = cv2.resize(plane_array(frame, 0), size[::-1], interpolation=cv2.INTER_AREA)
    black, white = tags.luma_scale(depth_of(frame))
    return np.asarray(((small - np.float32(black)) / np.float32(white - black)).clip(0, 1))


def small_lightness(
    frame: av.VideoFrame, size: tuple[int, int], tags: ColorTags
) -> NDArray[np.float32]:
    """Return L* at a height and width, as the network sees it."""
    return lightness_of_luma(small_luma(frame, size, tags))


def write_color(
    frame: av.VideoFrame,
    coefficients: NDArray[np.float32],
    tags: ColorTags,
    strength: float = 1.0,
) -> None:
    """Write the chroma planes of a planar Y'CbCr frame; its luma stays as it is.

    Parameters
    ----------
    coefficients : (h, w, 4) from `linear_color`.
    """
    frame.make_writable()
    depth = depth_of(frame)
    chroma = linear_chroma(coefficients, small_luma(frame, coefficients.shape[:2], tags), tags)
    planes = [plane_array(frame, index) for index in (1, 2)]
    joined = join_chroma(chroma, small_luma(frame, planes[0].shape, tags), tags, strength)
    neutral, span = tags.chroma_scale(depth)
    codes = np.rint(joined * np.float32(span) + np.float32(neutral)).clip(0, 2**depth - 1)
    for band, plane in enumerate(planes):
        plane[:] = codes[..., band]
