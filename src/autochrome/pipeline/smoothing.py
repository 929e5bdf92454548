"""Smoothing: one thing in one color, where the photograph does not tell its parts apart.

The network answers each cell for itself, and where it is of several minds a wall, a sky or a cheek
comes out in patches. Neighbors that are alike in lightness, and in what was answered, are averaged;
edges of either are not crossed. An average of colors is never bolder than they are, so nothing
overshoots at an edge as a guided filter does.

Source: Dammertz, Sewtz, Hanika, Lensch 2010, "Edge-avoiding À-Trous wavelet transform for fast
global illumination filtering"; here with windows of 3 x 3 cells that count alike instead of a
spline's 5 x 5, and with the same standard deviations in each pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LIGHTNESS_DEVIATION = 3.0  # of L*
_COLOR_DEVIATION = 6.0  # of ab


def smooth_color(
    ab: NDArray[np.float32], lightness: NDArray[np.float32], passes: int
) -> NDArray[np.float32]:
    """Average the color of neighbors that are alike.

    Parameters
    ----------
    ab : (h, w, 2) in CIELAB units, one color a cell.
    lightness : (h, w) L* in [0, 100] of the cells.
    passes : how often, each time with neighbors twice as far away: the first time 1 cell,
        ``2**passes - 1`` in all. 0 changes nothing.

    Returns
    -------
    (h, w, 2) float32.
    """
    if not passes:
        return ab
    deviations = np.array([_COLOR_DEVIATION, _COLOR_DEVIATION, _LIGHTNESS_DEVIATION], np.float32)
    lab = np.moveaxis(np.dstack([ab, lightness]) / deviations, -1, 0).copy()  # planes are faster
    for step in range(passes):
        lab[:2] = _average_alike(lab, 2**step)
    return np.ascontiguousarray(np.moveaxis(lab[:2], 0, -1)) * np.float32(_COLOR_DEVIATION)


def _average_alike(lab: NDArray[np.float32], distance: int) -> NDArray[np.float32]:
    """Average a and b of each cell and the eight around it at a distance.

    `lab` is (a, b, L*), (3, h, w), in deviations; what lies outside repeats the border.
    """
    _, height, width = lab.shape
    around = np.pad(lab, ((0, 0), (distance, distance), (distance, distance)), mode="edge")
    total = np.zeros((height, width), dtype=np.float32)
    color = np.zeros((2, height, width), dtype=np.float32)
    for down in (0, distance, 2 * distance):
        for across in (0, distance, 2 * distance):
            neighbor = around[:, down : down + height, across : across + width]
            weight = np.exp(-0.5 * ((neighbor - lab) ** 2).sum(axis=0))
            total += weight
            color += weight * neighbor[:2]
    color /= total
    return color
