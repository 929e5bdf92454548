"""A check that a model answers here what it answered where it was exported.

The input is a ramp that needs no file: L* rises linearly from 0 at the top left corner to 100
at the bottom right one, ``100 (row + column) / (2 side - 2)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.models.manifest import Parity

_DESCRIPTION = "ramp: 100 (row + column) / (2 side - 2)"
_NUM_POSITIONS = 16
_TOLERANCE = 0.05


def parity_lightness(side: int) -> NDArray[np.float32]:
    """Return the ramp, (side, side) L*."""
    axis = np.arange(side)
    ramp = 100 * (axis[:, None] + axis[None]) / max(2 * side - 2, 1)
    return np.asarray(ramp, dtype=np.float32)


def record_parity(answer: NDArray[np.floating], side: int) -> Parity:
    """Write down some values of the answer (C, side / stride, side / stride) to the ramp."""
    picks = np.random.default_rng(0).integers(0, answer.shape, size=(_NUM_POSITIONS, 3))
    positions = tuple(tuple(int(i) for i in pick) for pick in picks)
    return Parity(
        lightness=_DESCRIPTION,
        side=side,
        positions=positions,
        logits=tuple(float(answer[position]) for position in positions),
        tolerance=_TOLERANCE,
    )


def check_parity(parity: Parity, answer: NDArray[np.floating]) -> float:
    """Return the largest difference between the recorded and the actual answer (C, h, w)."""
    actual = np.array([answer[position] for position in parity.positions])
    return float(np.abs(actual - np.array(parity.logits)).max())
