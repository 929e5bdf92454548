"""Boldness: what is seen small is answered too boldly, and brought back to measure.

Of the same picture a network answers with more of the rare colors the smaller it is shown; how
much more, and what is gained: docs/training.md.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_MOST_HALVINGS = 2.0  # smaller than a quarter nothing was measured


def halvings_of(side: int, seen: float) -> float:
    """Tell how often `side` is halved to get `seen`: 0 where that is no smaller, at most 2."""
    return min(max(0.0, math.log2(side / seen)), _MOST_HALVINGS)


def calm(
    answer: NDArray[np.float32], power: float, rebalancing_weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Take a power of the class-rebalancing weights out of an answer.

    It does what a vividness less by ``power / temperature`` does in
    `autochrome.color.decode_logits`.

    Parameters
    ----------
    answer : (..., Q) logits.
    power : how many times too many the weights are in it; 0 changes nothing.
    rebalancing_weights : (Q,) class-rebalancing weights.

    Returns
    -------
    (..., Q) float32 logits, or `answer` itself.
    """
    if power == 0:
        return answer
    return answer - (power * np.log(rebalancing_weights)).astype(np.float32)
