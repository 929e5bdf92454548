"""The class probabilities that the rebalanced AuC weighs with.

One table for every model and every set, or the figures could not be compared: the share
of pixels of each of the gamut's 313 classes in 111,948 training photographs (see the
head of ``class_probabilities.txt``).

The rarest classes weigh thousands of times as much as grey, so few photographs decide:
among 2,500, ten had a fifth of the weight. Predicting grey measured 58.0, 59.9, 61.2 and
61.4 % on four random samples of about 7,000 training photographs. Read the rebalanced AuC with
its interval.
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
