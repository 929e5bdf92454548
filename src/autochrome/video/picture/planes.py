"""The planes of a frame for the encoder: luma from the decoded frame, chroma from the color."""

from __future__ import annotations

from functools import cache
from typing import Any

import av
import cv2
import numpy as np
from av.video.format import VideoFormat
from numpy.typing import NDArray

from autochrome.video.container.source import Clip
from autochrome.video.picture.check import check_unchanged
from autochrome.video.picture.formats import depth_of, plane_array, read_luma
from autochrome.video.picture.join import join_chroma, lightness_of_luma, linear_chroma
from autochrome.video.picture.tags import ColorTags

cv: Any = cv2  # its types do not know that an output may be None


def prepare_frame(frame: av.VideoFrame, clip: Clip, pix_fmt: str, tags: ColorTags) -> av.VideoFrame:
    """Bring a decoded frame to a planar Y'CbCr format, with the same Y', upright.

    Its chroma planes are for `write_color` to write.

    Parameters
    ----------
    clip : which the frame belongs to, from `look_at_picture`.
    pix_fmt, tags : what the encoder gets.

    Raises
    ------
    UnreadableVideoError
        If size or format have changed since the clip's first frame.
    """
    check_unchanged(frame, clip)
    turn = clip.turn
    if frame.format.name != pix_fmt or tags != clip.tags or turn:
        luma = read_luma(frame, clip.tags, tags, depth_of(VideoFormat(pix_fmt)))
        # The new frame keeps what else the old one says, such as its time and its fields.
        frame = frame.reformat(clip.width, clip.height, pix_fmt, interpolation="POINT", threads=1)
        frame.make_writable()
        plane_array(frame, 0)[:] = turn.upright(luma) if turn else luma
    # ProRes takes its tags from frames; what the clip leaves open is settled.
    frame.colorspace, frame.color_range = tags.matrix, 2 if tags.full_range else 1
    return frame


def small_lightness(
    frame: av.VideoFrame, size: tuple[int, int], tags: ColorTags
) -> NDArray[np.float32]:
    """Return L* at a height and width, as the network sees it; of fields, both together."""
    table = _lightness_table(tags, depth_of(frame.format))
    return np.asarray(table.take(_small_codes(frame, size)))


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
    depth = depth_of(frame.format)
    codes = _small_codes(frame, coefficients.shape[:2])
    chroma = linear_chroma(coefficients, _luma_table(tags, depth).take(codes), tags)
    luma, *planes = (plane_array(frame, index) for index in range(3))
    # Each field of an interlaced frame has its own chroma, where chroma has fewer lines than luma.
    by_field = frame.interlaced_frame and len(planes[0]) < len(luma)
    for lines in (slice(0, None, 2), slice(1, None, 2)) if by_field else (slice(None),):
        fields = [plane[lines] for plane in planes]
        black, white = tags.luma_scale(depth)
        level = luma_at_chroma(luma[lines], fields[0].shape)
        level -= np.float32(black)
        level *= np.float32(1 / (white - black))
        np.clip(level, 0, 1, out=level)
        _write_codes(join_chroma(chroma, level, tags, strength), fields, tags, depth)


def luma_at_chroma(luma: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Average the codes of Y' around each chroma sample.

    Where chroma has fewer columns than luma, its samples are on every other column of it, as those
    of MPEG-2, H.264 and H.265 are if nothing else is said; lines are halfway between two.

    Parameters
    ----------
    luma : (H, W) codes.
    shape : (h, w) of the chroma planes.
    """
    height, width = shape
    around = cv.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    level = np.asarray(around, dtype=np.float32)
    if 1 < width < luma.shape[1]:
        # So far of each such column and the next one; now of the one before it and itself, too.
        before = luma[:, 1 : 2 * width - 1]
        level[:, 1:] += cv.resize(before, (width - 1, height), interpolation=cv2.INTER_AREA)
        level[:, 1:] *= np.float32(0.5)
    return level


def _write_codes(
    chroma: NDArray[np.float32], planes: list[NDArray[Any]], tags: ColorTags, depth: int
) -> None:
    neutral, span = tags.chroma_scale(depth)
    chroma *= np.float32(span)
    chroma += np.float32(neutral + 0.5)
    np.minimum(chroma, np.float32(2**depth - 0.5), out=chroma)  # Cb = 0.5 of full range
    for codes, plane in zip(chroma, planes, strict=True):
        np.copyto(plane, codes, casting="unsafe")


def _small_codes(frame: av.VideoFrame, size: tuple[int, ...]) -> NDArray[Any]:
    """Average the codes of Y' down to a height and width."""
    luma = plane_array(frame, 0)
    height, width = luma.shape
    if height >= 2 * size[0] and width >= 2 * size[1] and height % 2 == width % 2 == 0:
        # By pairs first, which is ten times as fast as by other ratios.
        luma = cv.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    codes: NDArray[Any] = cv.resize(luma, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return codes


@cache
def _luma_table(tags: ColorTags, depth: int) -> NDArray[np.float32]:
    """Tabulate Y' in [0, 1] by its code."""
    black, white = tags.luma_scale(depth)
    levels = (np.arange(2**depth) - black) / (white - black)
    return np.asarray(levels.clip(0, 1), dtype=np.float32)


@cache
def _lightness_table(tags: ColorTags, depth: int) -> NDArray[np.float32]:
    """Tabulate L* of a gray by its code."""
    return lightness_of_luma(_luma_table(tags, depth))
