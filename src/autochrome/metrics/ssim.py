"""Structural similarity.

Source: Wang, Bovik, Sheikh, Simoncelli 2004, with the paper's 11 x 11 Gaussian window of
sigma 1.5, K1 = 0.01, K2 = 0.03, and the window kept inside the image.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

WINDOW_SIDE = 11
WINDOW_SIGMA = 1.5
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2


def ssim(predicted: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """Compute the mean SSIM of 8-bit sRGB, averaged over the channels.

    Parameters
    ----------
    predicted, true : (H, W, C) uint8, at least 11 x 11 pixels.

    Returns
    -------
    At most 1, which identical images have.

    Raises
    ------
    ValueError
        If the shapes differ, a type is not uint8, or the images are smaller than the window.
    """
    if predicted.shape != true.shape or predicted.dtype != np.uint8 or true.dtype != np.uint8:
        raise ValueError(f"expected two uint8 of one shape, got {predicted.shape}, {true.shape}")
    if true.ndim != 3 or min(true.shape[:2]) < WINDOW_SIDE:
        raise ValueError(f"expected (H, W, C) of at least 11 x 11 pixels, got {true.shape}")
    x, y = predicted.astype(np.float64), true.astype(np.float64)
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variance_x = _window_mean(x * x) - mean_x**2
    variance_y = _window_mean(y * y) - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    similarity /= (mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2)
    return float(similarity.mean())


def _window_mean(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average (H, W, C) under the Gaussian window; (H - 10, W - 10, C)."""
    offset = np.arange(WINDOW_SIDE) - WINDOW_SIDE // 2
    weights = np.exp(-(offset**2) / (2 * WINDOW_SIGMA**2))
    weights /= weights.sum()
    rows = sliding_window_view(image, WINDOW_SIDE, axis=0) @ weights
    return np.asarray(sliding_window_view(rows, WINDOW_SIDE, axis=1) @ weights)
