"""CIEDE2000 color difference.

Source: Sharma, Wu, Dalal 2005, "The CIEDE2000 color-difference formula: implementation
notes, supplementary test data, and mathematical observations"; equation numbers below
are theirs. The parametric factors kL, kC, kH are 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_POW25_7 = 25.0**7


def ciede2000(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Compute the color difference of Lab colors.

    Parameters
    ----------
    first, second : (..., 3) Lab, broadcast against each other.

    Returns
    -------
    (...) float64, 0 or more; about 1 is a just noticeable difference.

    Raises
    ------
    ValueError
        If a last axis is not 3.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.shape[-1:] != (3,) or second.shape[-1:] != (3,):
        raise ValueError(f"expected (..., 3) Lab, got {first.shape} and {second.shape}")
    L1, a1, b1 = np.moveaxis(first, -1, 0)
    L2, a2, b2 = np.moveaxis(second, -1, 0)

    # Equations 2 to 7: a is stretched for greyish colors.
    G = 0.5 * (1 - _share_of_25((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    C1, C2 = np.hypot((1 + G) * a1, b1), np.hypot((1 + G) * a2, b2)
    # In [0, 2 pi): where two hues are opposite, the mean depends on the branch.
    h1 = np.arctan2(b1, (1 + G) * a1) % (2 * np.pi)
    h2 = np.arctan2(b2, (1 + G) * a2) % (2 * np.pi)

    # Equations 8 to 11.
    has_hue = C1 * C2 > 0
    dh = np.where(has_hue, _wrap(h2 - h1), 0)
    dL, dC, dH = L2 - L1, C2 - C1, 2 * np.sqrt(C1 * C2) * np.sin(dh / 2)

    # Equations 12 to 14; halfway from h1 to h2 along the shorter arc. Without a hue of
    # one, the mean is the other's, which is what the sum of both gives (the missing is 0).
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    h = np.where(has_hue, h1 + dh / 2, h1 + h2)

    # Equations 15 to 22.
    T = (
        1
        - 0.17 * np.cos(h - np.radians(30))
        + 0.24 * np.cos(2 * h)
        + 0.32 * np.cos(3 * h + np.radians(6))
        - 0.20 * np.cos(4 * h - np.radians(63))
    )
    degrees = np.degrees(h) % 360
    rotation = np.radians(30) * np.exp(-(((degrees - 275) / 25) ** 2))
    RT = -np.sin(2 * rotation) * 2 * _share_of_25(C)
    SL = 1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2)
    SC = 1 + 0.045 * C
    SH = 1 + 0.015 * C * T
    l_term, c_term, h_term = dL / SL, dC / SC, dH / SH
    squared = l_term**2 + c_term**2 + h_term**2 + RT * c_term * h_term
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def _share_of_25(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sqrt(C^7 / (C^7 + 25^7)): 0 for grey, towards 1 for vivid colors."""
    power = chroma**7
    return np.asarray(np.sqrt(power / (power + _POW25_7)))


def _wrap(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring a difference of two hues in [0, 2 pi) to the shorter arc."""
    return np.where(np.abs(angle) <= np.pi, angle, angle - np.sign(angle) * 2 * np.pi)
