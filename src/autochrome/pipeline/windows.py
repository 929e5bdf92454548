"""Means over square windows, in time that does not depend on their size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def window_mean(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Average (h, w, C) over windows of 2 radius + 1, cut off at the border."""
    for axis in (0, 1):
        size = values.shape[axis]
        start = np.zeros_like(values.take([0], axis))
        total = np.concatenate([start, values.cumsum(axis)], axis)
        first = np.maximum(np.arange(size) - radius, 0)
        last = np.minimum(np.arange(size) + radius + 1, size)
        count = np.expand_dims(last - first, [1 - axis, 2])
        values = (total.take(last, axis) - total.take(first, axis)) / count
    return values
