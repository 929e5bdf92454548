"""The class probabilities that the rebalanced AuC weighs with.

One table for every model and every set, or the figures could not be compared: the share
of pixels of each of the gamut's 313 classes in 111,948 training photographs (see the
head of ``class_probabilities.txt``).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-5  # else a class that the training photographs barely have outweighs all others


@cache
def class_probabilities() -> NDArray[np.float64]:
    """Load the probability of each bin, (Q,) float64, raised to at least 1e-5."""
    text = files("autochrome.metrics").joinpath("class_probabilities.txt").read_text("utf-8")
    counts = np.loadtxt(text.splitlines(), dtype=np.float64)
    probabilities: NDArray[np.float64] = np.maximum(counts / counts.sum(), FLOOR)
    probabilities.setflags(write=False)
    return probabilities
