"""The luma of a frame stays; its chroma planes are made of the predicted color.

Color comes as a linear function of L* on a small grid, from `linear_color`. It is turned
there into a linear function of Y', which is enlarged to the size of the chroma planes and
applied to the frame's own Y'. What R'G'B' cannot hold loses chroma at fixed Y' and hue.

Y' is kept to the bit. L* is not quite: at a fixed Y' it moves a little with chroma. That is the
price of Y'CbCr, which every codec takes (constant luma is not constant luminance).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb, rgb_to_lab
from autochrome.video.tags import LUMA, ColorTags

_STEP = 0.02  # of Y', over which the slope of chroma is measured
_TABLE_SIZE = 1024


def lightness_of_luma(luma: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return L* of neutral Y' in [0, 1]; any shape."""
    gray = np.linspace(0, 1, _TABLE_SIZE)
    L = rgb_to_lab(np.repeat(gray[:, None], 3, axis=1))[..., 0]
    return np.asarray(np.interp(luma, gray, L), dtype=np.float32)


def linear_chroma(
    coefficients: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    """Turn ab as a linear function of L* into Cb and Cr as linear functions of Y'.

    Parameters
    ----------
    coefficients : (h, w, 4) from `linear_color`.
    luma : (h, w) Y' in [0, 1] at the same size.
    tags : of the clip.

    Returns
    -------
    (h, w, 4) float32: slopes of Cb and Cr, and their offsets; Cb and Cr are in [-0.5, 0.5].
    """
    low, high = luma - np.float32(_STEP), luma + np.float32(_STEP)
    chroma = [_chroma(coefficients, level, tags) for level in (low, luma, high)]
    slope = (chroma[2] - chroma[0]) / np.float32(2 * _STEP)
    return np.concatenate([slope, chroma[1] - slope * luma[..., None]], axis=-1)


def _chroma(
    coefficients: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    L = lightness_of_luma(luma.clip(0, 1))[..., None]
    ab = coefficients[..., :2] * L + coefficients[..., 2:]
    rgb = lab_to_rgb(np.concatenate([L, ab], axis=-1))
    return np.asarray(tags.rgb_to_ycc(rgb)[..., 1:], dtype=np.float32)


def join_chroma(
    chroma: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags, strength: float = 1.0
) -> NDArray[np.float32]:
    """Make the chroma planes of a frame.

    Parameters
    ----------
    chroma : (h, w, 4) from `linear_chroma`.
    luma : (H, W) Y' in [0, 1], at the size of the chroma planes.
    strength : how much of the color there is in the end, in [0, 1].

    Returns
    -------
    (H, W, 2) float32 Cb and Cr in [-0.5, 0.5], which with Y' are inside R'G'B'.
    """
    height, width = luma.shape
    full = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
    color = full[..., :2] * luma[..., None] + full[..., 2:]
    return np.asarray(color * (_room(color, luma, tags) * np.float32(strength))[..., None])


def _room(
    color: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    """Return the factor in [0, 1] that brings R', G' and B' inside [0, 1] at fixed Y' and hue."""
    red, blue = (np.float32(k) for k in LUMA[tags.matrix])
    r = 2 * (1 - red) * color[..., 1]
    b = 2 * (1 - blue) * color[..., 0]
    g = -(red * r + blue * b) / (1 - red - blue)
    up = np.maximum(np.maximum(r, g), b)
    down = -np.minimum(np.minimum(r, g), b)
    tiny = np.float32(1e-6)
    room = np.minimum((1 - luma) / np.maximum(up, tiny), luma / np.maximum(down, tiny))
    return np.asarray(np.clip(room, 0, 1))
