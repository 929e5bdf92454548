"""Edge-aware upsampling: color that changes where lightness does.

The network answers for cells of 4 x 4 pixels of a small picture. Enlarged as it is, color
bleeds over the edges of things. Around each cell, color is therefore taken for a linear function of
lightness, ``ab = slope L* + offset``, as in the guided filter, and the function, not the color,
is enlarged. Unlike the guided filter's, it goes through what the network said of the cell, so
that nothing is smoothed away; without a slope it is bilinear upsampling.

Sources: He, Sun, Tang 2013, "Guided image filtering", equations 5 and 6; He, Sun 2015, "Fast guided
filter".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.photo import resize_array
from autochrome.pipeline.windows import window_mean

_CELL = 4  # pixels of the network's picture to a side of what it has one answer for
_RADIUS = 1  # of the windows, in cells
_EPSILON = 200.0  # variance of L*: edges count, grain and texture do not


def follow_edges(ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move color that is as coarse as the network's cells to the edges of lightness.

    Parameters
    ----------
    ab : (h, w, 2) in CIELAB units, enlarged from cells of 4 x 4 pixels.
    lightness : (h, w) L* in [0, 100].

    Returns
    -------
    (h, w, 2) float32; about each cell, the mean of `ab` is kept.
    """
    detail = lightness[..., None] - _enlarged(_cells(lightness[..., None]), lightness.shape)
    return ab + color_slope(ab, lightness) * detail


def linear_color(
    ab: NDArray[np.float32],
    lightness: NDArray[np.float32],
    literal: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Write color as a linear function of lightness, to be enlarged and applied at full size.

    Parameters
    ----------
    ab : (h, w, 2) in CIELAB units.
    lightness : (h, w) L* in [0, 100].
    literal : (h, w), where `ab` is the color to the letter, whatever the lightness.

    Returns
    -------
    (h, w, 4) float32: the slopes of a and b, and their offsets; ``slope * lightness + offset``
    is `ab`.
    """
    slope = color_slope(ab, lightness)
    if literal is not None:
        slope[literal] = 0
    return np.concatenate([slope, ab - slope * lightness[..., None]], axis=-1)


def apply_linear(
    coefficients: NDArray[np.float32], lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Compute ab (H, W, 2) from `linear_color`'s coefficients, enlarged, and lightness (H, W).

    Of several ab beside each other, (h, w, 2 n) in `linear_color`, it computes all, (H, W, 2 n).
    """
    full = resize_array(coefficients, *lightness.shape)
    half = full.shape[2] // 2
    return full[..., :half] * lightness[..., None] + full[..., half:]


def color_slope(ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit how color changes with lightness around each pixel; (h, w, 2) float32, 0 where flat."""
    guide = _cells(lightness[..., None]).astype(np.float64)
    color = _cells(ab).astype(np.float64)
    mean, mean_color = window_mean(guide, _RADIUS), window_mean(color, _RADIUS)
    covariance = window_mean(guide * color, _RADIUS) - mean * mean_color
    variance = window_mean(guide**2, _RADIUS) - mean**2
    slope = window_mean(covariance / (variance + _EPSILON), _RADIUS)
    return _enlarged(slope.astype(np.float32), lightness.shape)


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = values.shape[:2]
    return resize_array(values, -(-height // _CELL), -(-width // _CELL))


def _enlarged(values: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return resize_array(values, shape[0], shape[1])
