"""Peak signal-to-noise ratio."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def psnr(predicted: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """Compute the PSNR of 8-bit sRGB, over all pixels and channels.

    Parameters
    ----------
    predicted, true : uint8 of the same shape.

    Returns
    -------
    Decibels; infinity if the two are identical.

    Raises
    ------
    ValueError
        If the shapes differ, or a type is not uint8.
    """
    if predicted.shape != true.shape or predicted.dtype != np.uint8 or true.dtype != np.uint8:
        raise ValueError(f"expected two uint8 of one shape, got {predicted.shape}, {true.shape}")
    squared_error = float(((predicted.astype(np.float64) - true) ** 2).mean())
    return 10 * math.log10(255**2 / squared_error) if squared_error else math.inf
