"""The luma of a frame stays; its chroma planes are made of the predicted color.

Color comes as a linear function of L* on a small grid, from `linear_color`. It is turned
there into a linear function of Y', which is enlarged to the size of the chroma planes and
applied to the frame's own Y'. What R'G'B' cannot hold loses chroma at fixed Y' and hue.

Y' is kept to the bit. L* is not quite: at a fixed Y' it moves with chroma, by 0.3 on average over
photographs, 1.0 at the 95th percentile and at most 7.5 (benchmarks/film_lightness.py). That is the
price of Y'CbCr, which every codec takes (constant luma is not constant luminance).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb_to_lab
from autochrome.video.picture.tags import LUMA, ColorTags, ratios_to_rgb

cv: Any = cv2  # its types do not know that an output may be None

_STEP = 0.01  # of Y', over which the slope of chroma is measured
_ENTRIES = 2**16  # of the table of L*, which is read without interpolation: 0.0005 of L*
_DELTA = np.float32(6 / 29)  # CIE 15: where the cube of f becomes a line
_LINE_ENDS = np.float32(0.0031308)  # sRGB: where the line becomes a power
_TINY = np.float32(1e-6)
_ROWS = 32  # that are converted at once: what is in between stays in the processor's cache


def lightness_of_luma(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return L* of neutral Y' in [0, 1]; any shape."""
    places = (luma * np.float32(_ENTRIES - 1) + np.float32(0.5)).astype(np.int32)
    return _lightness_table().take(places)


@cache
def _lightness_table() -> NDArray[np.float32]:
    gray = np.linspace(0, 1, _ENTRIES)
    L = rgb_to_lab(np.repeat(gray[:, None], 3, axis=1))[..., 0]
    return L.astype(np.float32)


def linear_chroma(
    coefficients: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    """Turn ab as a linear function of L* into Cb and Cr as linear functions of Y'.

    The function goes through the color a little darker and a little lighter.

    Parameters
    ----------
    coefficients : (h, w, 4) from `linear_color`.
    luma : (h, w) Y' in [0, 1] at the same size.
    tags : of the clip.

    Returns
    -------
    (4, h, w) float32: slopes of Cb and Cr, and their offsets; Cb and Cr are in [-0.5, 0.5].
    """
    chroma = np.empty((4, *luma.shape), dtype=np.float32)
    for row in range(0, len(luma), _ROWS):
        rows = slice(row, row + _ROWS)
        levels = np.stack([luma[rows] - np.float32(_STEP), luma[rows] + np.float32(_STEP)])
        darker, lighter = np.clip(levels, 0, 1, out=levels)
        planes = np.ascontiguousarray(coefficients[rows].transpose(2, 0, 1))
        below, above = _chroma(planes, levels, tags).swapaxes(0, 1)
        slope = np.divide(above - below, lighter - darker, out=chroma[:2, rows])
        np.subtract(above, slope * lighter, out=chroma[2:, rows])
    return chroma


def _chroma(
    coefficients: NDArray[np.float32], levels: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    """Compute Cb and Cr, (2, n, h, w), of colors (4, h, w) at levels (n, h, w) of Y'."""
    L = lightness_of_luma(levels)
    ab = coefficients[:2, None] * L
    ab += coefficients[2:, None]
    f = np.empty((3, *L.shape), dtype=np.float32)  # of X, Y and Z, as CIE 15 calls it
    np.multiply(L + np.float32(16), np.float32(1 / 116), out=f[1])
    np.multiply(ab[0], np.float32(1 / 500), out=f[0])
    np.multiply(ab[1], np.float32(-1 / 200), out=f[2])
    f[::2] += f[1]
    linear = ratios_to_rgb(tags.primaries) @ _ratios(f).reshape(3, -1)
    rgb_to_chroma = np.array(
        [tags.rgb_to_ycc(color)[1:] for color in np.eye(3)], dtype=np.float32
    ).T
    return (rgb_to_chroma @ _gamma(linear)).reshape(ab.shape)


def _ratios(f: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return X, Y and Z over those of white: the cube of f, and below `_DELTA` its tangent."""
    above = np.maximum(f, _DELTA)
    f -= above
    f *= 3 * _DELTA**2
    f += above * above * above
    return f


def _gamma(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Apply the sRGB transfer curve in place, like `linear_to_srgb` but less 0.055.

    That much is in R', G' and B' alike, and so not in chroma.
    """
    above = np.maximum(linear, _LINE_ENDS)
    linear -= above
    linear *= np.float32(12.92)
    curve = cv.pow(above, 1 / 2.4, above)
    curve *= np.float32(1.055)
    linear += curve
    return linear


def join_chroma(
    chroma: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags, strength: float = 1.0
) -> NDArray[np.float32]:
    """Make the chroma planes of a frame.

    Parameters
    ----------
    chroma : (4, h, w) from `linear_chroma`.
    luma : (H, W) Y' in [0, 1], at the size of the chroma planes.
    strength : how much of the color there is in the end, in [0, 1].

    Returns
    -------
    (2, H, W) float32 Cb and Cr in [-0.5, 0.5], which with Y' are inside R'G'B'.
    """
    height, width = luma.shape
    enlarged = np.empty((4, height, width), dtype=np.float32)
    for small, plane in zip(chroma, enlarged, strict=True):
        cv.resize(small, (width, height), plane, interpolation=cv2.INTER_LINEAR)
    color = enlarged[:2]
    for row in range(0, height, _ROWS):
        rows = slice(row, row + _ROWS)
        part, level = color[:, rows], luma[rows]
        part *= level
        part += enlarged[2:, rows]
        room = _room(part, level, tags)
        room *= np.float32(strength)
        part *= room
    return color


def _room(
    color: NDArray[np.float32], luma: NDArray[np.float32], tags: ColorTags
) -> NDArray[np.float32]:
    """Return the factor in [0, 1] that brings R', G' and B' inside [0, 1] at fixed Y' and hue."""
    red, blue = (np.float32(k) for k in LUMA[tags.matrix])
    green = 1 - red - blue
    r = color[1] * (2 * (1 - red))  # R' - Y', and so on
    b = color[0] * (2 * (1 - blue))
    g = r * (-red / green)
    g -= b * (blue / green)
    up = np.maximum(r, g)
    np.maximum(up, b, out=up)
    np.maximum(up, _TINY, out=up)
    down = np.minimum(r, g, out=g)
    np.minimum(down, b, out=down)
    np.minimum(down, -_TINY, out=down)
    room = np.divide(1 - luma, up, out=up)
    below = np.divide(luma, down, out=down)
    np.minimum(room, np.negative(below, out=below), out=room)
    return np.asarray(np.minimum(room, 1, out=room))
