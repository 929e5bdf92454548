"""Blotchiness: color that changes where nothing in the photograph does.

The picture and the photograph are averaged over a grid of 32 x 32 cells, which leaves what is
broad enough to be called a patch. Two neighboring cells are alike if their L* differs by at most
3 and their true ab by at most 2. Between such neighbors the predicted ab should change no more
than the true one; by how much more it does, summed up and divided by the number of all
neighbors, is the blotchiness, in ab units. The truth has none, nor has gray.

A wrong color that is even is not a blotch, and one that ends at an edge of lightness is not
found: the measure ranks photographs to be looked at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import reduce_chroma

GRID = 32
LIGHTNESS_STEP = 3.0
AB_STEP = 2.0


def blotchiness(ab: NDArray[np.floating], true_lab: NDArray[np.floating]) -> float:
    """Measure how much color changes where lightness and true color do not.

    Parameters
    ----------
    ab : (H, W, 2) as predicted; what is outside sRGB counts as it is shown, with less chroma.
    true_lab : (H, W, 3) of the photograph; H and W are at least 32.

    Returns
    -------
    0 or more, in ab units from one cell to the next.
    """
    predicted = _cells(np.concatenate([true_lab[..., :1], ab], axis=-1))
    true = _cells(true_lab)
    excess, count = 0.0, 0
    for axis in (0, 1):
        step, true_step = np.diff(predicted, axis=axis), np.diff(true, axis=axis)
        change, true_change = _length(step[..., 1:]), _length(true_step[..., 1:])
        alike = (np.abs(true_step[..., 0]) <= LIGHTNESS_STEP) & (true_change <= AB_STEP)
        excess += float(np.maximum(0, change - true_change)[alike].sum())
        count += alike.size
    return excess / count


def _cells(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Average (H, W, 3) over (32, 32) cells, inside sRGB; a rest at the border is cut off."""
    rows, columns = lab.shape[0] // GRID, lab.shape[1] // GRID
    cut = lab[: rows * GRID, : columns * GRID]
    strips = cut.reshape(GRID, rows, columns * GRID, 3).mean(axis=1, dtype=np.float64)
    cells = strips.reshape(GRID, GRID, columns, 3).mean(axis=2)
    return reduce_chroma(cells)


def _length(ab: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.hypot(ab[..., 0], ab[..., 1]))
