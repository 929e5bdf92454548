"""Boldness: a network trained with class rebalancing answers too boldly, and is brought to measure.

Its loss weighs rare colors up, so that it finds them likelier than they are; and of the same
picture it answers with more of them the smaller it is shown. How much of that is taken out again,
and what is gained: docs/training.md.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autochrome.color import class_rebalancing_weights

_MOST_HALVINGS = 2.0  # smaller than a quarter nothing was measured


def halvings_of(side: int, seen: float) -> float:
    """Tell how often `side` is halved to get `seen`: 0 where that is no smaller, at most 2."""
    return min(max(0.0, math.log2(side / seen)), _MOST_HALVINGS)


def calm(
    answer: NDArray[np.float32], power: float, prior: tuple[float, ...]
) -> NDArray[np.float32]:
    """Take a power of the class-rebalancing weights out of an answer.

    Parameters
    ----------
    answer : (..., Q) logits.
    power : how many times too many the weights are in it; 0 changes nothing.
    prior : (Q,) how common each bin was in training.

    Returns
    -------
    (..., Q) float32 logits, or `answer` itself.

    Notes
    -----
    "Post-hoc logit adjustment", which Menon et al. 2021 (Long-tail learning via logit adjustment)
    do with powers of the prior, to favor what is rare; here the other way.
    """
    if power == 0:
        return answer
    return answer - (power * _log_weights(prior)).astype(np.float32)


@cache
def _log_weights(prior: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the logarithms of the class-rebalancing weights of a prior, (Q,)."""
    logarithms: NDArray[np.float64] = np.log(class_rebalancing_weights(prior))
    logarithms.setflags(write=False)
    return logarithms
