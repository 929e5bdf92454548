"""Colorfulness of a picture.

Source: Hasler, Suesstrunk 2003, "Measuring colourfulness in natural images", section 7
(the measure M3 on sRGB).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def colorfulness(rgb: NDArray[np.uint8]) -> float:
    """Compute the colorfulness of 8-bit sRGB.

    Parameters
    ----------
    rgb : (..., 3) uint8.

    Returns
    -------
    0 for grey; by the paper's scale 15 is slightly, 45 averagely and 82 highly colorful.

    Raises
    ------
    ValueError
        If the last axis is not 3, there is no pixel, or the type is not uint8.
    """
    if rgb.shape[-1:] != (3,) or rgb.size == 0 or rgb.dtype != np.uint8:
        raise ValueError(f"expected (..., 3) uint8, got {rgb.shape} {rgb.dtype}")
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    red_green = red - green
    yellow_blue = (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    offset = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(spread + 0.3 * offset)
