"""Smoothing: one thing in one color, where the photograph does not tell its parts apart.

The network answers each cell for itself, and where it is of several minds a wall, a sky or a cheek
comes out in patches. Neighbors that are alike in lightness, and in what was answered, are averaged;
edges of either are not crossed. An average of colors is never bolder than they are, so nothing
overshoots at an edge as a guided filter does.

Source: Dammertz, Sewtz, Hanika, Lensch 2010, "Edge-avoiding À-Trous wavelet transform for fast
global illumination filtering", equations 1 to 5, with windows of 3 x 3 alike weights instead of a
spline's 5 x 5, and one standard deviation for all passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LIGHTNESS_DEVIATION = 3.0  # of L*
_COLOR_DEVIATION = 6.0  # of ab
_NEIGHBORS = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]


def smooth_color(
    ab: NDArray[np.float32], lightness: NDArray[np.float32], passes: int
) -> NDArray[np.float32]:
    """Average the color of neighbors that are alike.

    Parameters
    ----------
    ab : (h, w, 2) in CIELAB units, one color a cell.
    lightness : (h, w) L* in [0, 100] of the cells.
    passes : how often, each time with neighbors twice as far away: the first time 1 cell, and
        ``2**passes - 1`` in all. 0 changes nothing.

    Returns
    -------
    (h, w, 2) float32.
    """
    distance = 1
    for _ in range(passes):
        ab = _average_alike(ab, lightness, distance)
        distance *= 2
    return ab


def _average_alike(
    ab: NDArray[np.float32], lightness: NDArray[np.float32], distance: int
) -> NDArray[np.float32]:
    """Average each cell with the eight around it at a distance; what lies outside repeats."""
    around_ab = np.pad(ab, ((distance, distance), (distance, distance), (0, 0)), mode="edge")
    around_lightness = np.pad(lightness, distance, mode="edge")
    total = np.zeros((*lightness.shape, 1), dtype=np.float32)
    color = np.zeros_like(ab)
    for down, across in _NEIGHBORS:
        place = _shifted(lightness.shape, distance * (1 + down), distance * (1 + across))
        neighbor = around_ab[place]
        unlike = ((around_lightness[place] - lightness) / _LIGHTNESS_DEVIATION) ** 2
        unlike += (((neighbor - ab) / _COLOR_DEVIATION) ** 2).sum(axis=-1)
        weight = np.exp(-0.5 * unlike)[..., None]
        total += weight
        color += weight * neighbor
    color /= total
    return color


def _shifted(shape: tuple[int, ...], down: int, across: int) -> tuple[slice, slice]:
    return slice(down, down + shape[0]), slice(across, across + shape[1])
