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
from autochrome.models import Manifest

_MOST_HALVINGS = 2.0  # smaller than a quarter nothing was measured


def calm(answer: NDArray[np.float32], model: Manifest, seen: float) -> NDArray[np.float32]:
    """Take a power of the class-rebalancing weights out of a network's answer.

    Parameters
    ----------
    answer : (..., Q) logits, or whatever a model answers that has no prior.
    model : how bold it is.
    seen : the `autochrome.pipeline.prepare.seen_side` of the photograph.

    Returns
    -------
    (..., Q) float32 logits, or `answer` itself where there is nothing to take out.

    Notes
    -----
    "Post-hoc logit adjustment", which Menon et al. 2021 (Long-tail learning via logit adjustment)
    do with powers of the prior, to favor what is rare; here the other way.
    """
    output = model.output
    power = output.rebalancing + output.boldness * halvings_of(model.input.side, seen)
    if power == 0:
        return answer
    return answer - (power * _log_weights(model.decode.prior)).astype(np.float32)


def halvings_of(side: int, seen: float) -> float:
    """Tell how often `side` is halved to get `seen`: 0 where that is no smaller, at most 2."""
    return min(max(0.0, math.log2(side / seen)), _MOST_HALVINGS)


@cache
def _log_weights(prior: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the logarithms of the class-rebalancing weights of a prior, (Q,)."""
    logarithms = np.log(class_rebalancing_weights(prior))
    logarithms.setflags(write=False)
    return logarithms
