"""The quantised ab gamut: the colors a model may answer with.

The ab plane on a grid of step 10. A grid point belongs to the gamut if its centre or any
of its four diagonal neighbours lies inside the convex hull of the sRGB cube's projection on
the ab plane. That rule gives exactly the Q = 313 centres published with Zhang, Isola,
Efros 2016 (section 2), in their order: a ascending, then b ascending.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autochrome.color.spaces import rgb_to_lab

GRID_STEP = 10
_GRID_LIMIT = 120  # sRGB reaches |a|, |b| < 110


@dataclass(frozen=True)
class AbGamut:
    """The in-gamut bins of the quantised ab plane.

    Parameters
    ----------
    centers : (Q, 2) float32 bin centres (a, b) in CIELAB units.
    """

    centers: NDArray[np.float32]

    @property
    def num_bins(self) -> int:
        """Q, the number of bins."""
        return len(self.centers)


@cache
def ab_gamut() -> AbGamut:
    """Derive the in-gamut bins (Q = 313)."""
    hull = _convex_hull(_surface_ab())
    axis = np.arange(-_GRID_LIMIT, _GRID_LIMIT + 1, GRID_STEP)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    offsets = GRID_STEP * np.array([(0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)])
    inside = _inside_hull(grid[:, None, :] + offsets, hull).any(axis=1)
    centers = grid[inside].astype(np.float32)
    centers.setflags(write=False)
    return AbGamut(centers)


def _surface_ab(steps: int = 33) -> NDArray[np.floating]:
    """Return the ab of points on the surface of the sRGB cube, (N, 2)."""
    ramp = np.linspace(0, 1, steps)
    u, v = (plane.ravel() for plane in np.meshgrid(ramp, ramp))
    faces = [
        np.insert(np.stack([u, v], axis=-1), channel, value, axis=1)
        for channel in range(3)
        for value in (0.0, 1.0)
    ]
    return rgb_to_lab(np.concatenate(faces))[:, 1:]


def _cross(o: NDArray[np.floating], p: NDArray[np.floating], q: NDArray[np.floating]) -> float:
    """Return twice the signed area of the triangle o, p, q."""
    return float((p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0]))


def _convex_hull(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the hull of (N, 2) points, counter-clockwise (Andrew's monotone chain)."""
    ordered = np.unique(points, axis=0)
    chains = []
    for sequence in (ordered, ordered[::-1]):
        chain: list[NDArray[np.floating]] = []
        for point in sequence:
            while len(chain) >= 2 and _cross(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return np.array(chains)


def _inside_hull(points: NDArray[np.number], hull: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return whether (..., 2) points lie inside or on a counter-clockwise hull."""
    edge = np.roll(hull, -1, axis=0) - hull
    offset = points[..., None, :] - hull
    return np.asarray((edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0] >= 0).all(axis=-1))
