"""Smoothing: one thing in one color, where the photograph does not tell its parts apart.

The network answers each cell for itself, and where it is of several minds a wall, a sky or a cheek
comes out in patches. Neighbors that are alike in lightness, and in what was answered, are averaged;
edges of either are not crossed. What counts as alike in color depends on how sure the network is:
two answers are alike if their distance is small beside the spread of both distributions. They are
the annealed ones, so a low temperature smooths less. An average of colors is never bolder than they
are, so nothing overshoots at an edge as a guided filter does.

Source: Dammertz, Sewtz, Hanika, Lensch 2010, "Edge-avoiding À-Trous wavelet transform for fast
global illumination filtering"; here with windows of 3 x 3 cells that count alike instead of a
spline's 5 x 5, with the same standard deviations in each pass, and that of color by the cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LIGHTNESS_DEVIATION = 3.0  # of L*
_COLOR_DEVIATION = 3.0  # of ab, where the network is sure
_SHARE_OF_VARIANCE = 0.25  # that is added where it is not: half of its standard deviation


def smooth_color(
    ab: NDArray[np.float32],
    variance: NDArray[np.float32],
    lightness: NDArray[np.float32],
    passes: int,
) -> NDArray[np.float32]:
    """Average the color of neighbors that are alike.

    Parameters
    ----------
    ab : (h, w, 2) in CIELAB units, one color a cell.
    variance : (h, w) of the distributions that these are the means of, in ab squared; 0 is sure,
        or an answer without a distribution.
    lightness : (h, w) L* in [0, 100] of the cells.
    passes : how often, each time with neighbors twice as far away: the first time 1 cell,
        ``2**passes - 1`` in all. 0 changes nothing.

    Returns
    -------
    (h, w, 2) float32.
    """
    smooth = np.moveaxis(ab, -1, 0)
    precision = np.reciprocal(np.float32(_COLOR_DEVIATION**2) + _SHARE_OF_VARIANCE * variance)
    scaled = lightness / _LIGHTNESS_DEVIATION
    for step in range(passes):
        smooth = _average_alike(smooth, precision, scaled, 2**step)
    return np.ascontiguousarray(np.moveaxis(smooth, 0, -1))


def _average_alike(
    ab: NDArray[np.float32],
    precision: NDArray[np.float32],
    lightness: NDArray[np.float32],
    distance: int,
) -> NDArray[np.float32]:
    """Average a and b, (2, h, w), of each cell and the eight around it at a distance.

    Planes, because they are faster. `lightness` is in standard deviations; what lies outside
    repeats the border.
    """
    height, width = lightness.shape
    cells = np.concatenate([ab, precision[None], lightness[None]])
    around = np.pad(cells, ((0, 0), (distance, distance), (distance, distance)), mode="edge")
    total = np.zeros((height, width), dtype=np.float32)
    color = np.zeros((2, height, width), dtype=np.float32)
    for down in (0, distance, 2 * distance):
        for across in (0, distance, 2 * distance):
            neighbor = around[:, down : down + height, across : across + width]
            unlike = ((neighbor[:2] - ab) ** 2).sum(axis=0)
            unlike *= np.maximum(neighbor[2], precision)  # of the two, the surer decides
            unlike += (neighbor[3] - lightness) ** 2
            weight = np.exp(-0.5 * unlike)
            total += weight
            color += weight * neighbor[:2]
    color /= total
    return color
