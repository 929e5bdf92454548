"""Regions of like lightness: how far a place is from another, counted in edges crossed.

The distance along the easiest way: a gentle slope of lightness costs next to nothing however
long, an edge costs much, and a long way costs a little. About 1 means "another region".

Geodesic distances for colorization go back to Yatziv and Sapiro 2006, "Fast image and video
colorization using chrominance blending", whose cost of a step is the difference of lightness;
here it is squared, so that shading is told from edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline.windows import window_mean

_EDGE = 5.0  # a step of lightness, in L*, that separates by itself,
_SIDE = 192  # from one pixel to the next where the short side has so many
_REACH = 1.7  # how many short sides of the photograph lie within a distance of 1
_GRAIN = 5.0  # variations of lightness below this, in L*, are grain and texture
_WINDOW = 1 / 48  # radius in which they are smoothed, as a share of the short side
_MAX_SWEEPS = 100
_TOLERANCE = 0.01  # of a distance
FAR = 3.0
"""A distance well into another region: how well, nobody asks."""


def smooth_grain(lightness: NDArray[np.floating]) -> NDArray[np.float64]:
    """Smooth grain and texture and keep edges: the guided filter, guided by itself.

    Source: He, Sun, Tang 2010, "Guided image filtering", with epsilon = `_GRAIN` squared.
    """
    radius = max(1, round(_short_side(lightness) * _WINDOW))
    L = lightness.astype(np.float64)[..., None]
    mean = window_mean(L, radius)
    variance = np.maximum(window_mean(L * L, radius) - mean * mean, 0)
    slope = variance / (variance + _GRAIN**2)
    smooth = window_mean(slope, radius) * L + window_mean((1 - slope) * mean, radius)
    return np.asarray(smooth[..., 0])


def distance_within(smooth: NDArray[np.floating], start: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Measure how far every place is from the nearest place of `start`.

    Parameters
    ----------
    smooth : (h, w) L* from `smooth_grain`.
    start : (h, w), true in at least one place.

    Returns
    -------
    (h, w) float64: 0 at the start, about 1 where another region begins, 3 at most.
    """
    return shorten_distances(smooth, np.where(start, 0.0, FAR))


def shorten_distances(
    smooth: NDArray[np.floating], distance: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Let every place be reached from any other, where that is nearer than it is already.

    Parameters
    ----------
    smooth : (h, w) L* from `smooth_grain`.
    distance : (h, w), how far every place is known to be at most; `FAR` where nothing is known.

    Returns
    -------
    (h, w) float64, nowhere more than `distance`.
    """
    # Where each row and each column would be if it were walked from its first place.
    across = _walked(np.diff(smooth, axis=1), _short_side(smooth))
    down = _walked(np.diff(smooth.T, axis=1), _short_side(smooth))
    shortest: NDArray[np.float64] = np.minimum(distance, FAR).astype(np.float64)
    for _ in range(_MAX_SWEEPS):
        before = shortest
        shortest = np.minimum(_sweep(_sweep(shortest, across).T, down).T, FAR)
        if (before - shortest < _TOLERANCE).all():
            break
    return shortest


def _short_side(values: NDArray[np.floating]) -> float:
    """Return the short side; of a narrow strip, a quarter of the long one."""
    return float(max(*values.shape, 4 * min(values.shape)) / 4)


def _walked(differences: NDArray[np.floating], side: float) -> NDArray[np.float64]:
    # A slope becomes gentler the more pixels there are; the whole of it shall cost the same.
    cost = (differences / _EDGE) ** 2 * (side / _SIDE) + 1 / (_REACH * side)
    return np.pad(np.cumsum(cost, axis=1), ((0, 0), (1, 0)))


def _sweep(distance: NDArray[np.float64], walked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let every row's places be reached from others of the row, from both sides."""
    forth = walked + np.minimum.accumulate(distance - walked, axis=1)
    back = np.minimum.accumulate((distance + walked)[:, ::-1], axis=1)[:, ::-1] - walked
    return np.minimum(np.minimum(forth, back), distance)
