"""Bootstrap intervals over photographs.

Every metric is a ratio of sums over the photographs: a mean is the sum of the values by
the number of photographs, a rebalanced metric the sum of what each photograph adds by the
sum of the photographs' weights. A resample draws photographs, with replacement, and
forms the ratio anew. Pixels of one photograph are alike, so resampling pixels would
promise far too much.

Source: Efron, Tibshirani 1993, chapter 13 (percentile interval).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NUM_RESAMPLES = 1000
LEVEL = 0.95
_SEED = 0


class Estimate(NamedTuple):
    """A metric over a set of photographs and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def bootstrap(
    sums: NDArray[np.float64], weights: NDArray[np.float64], *, absolute: bool = False
) -> Estimate:
    """Estimate ``sum(sums) / sum(weights)``.

    Parameters
    ----------
    sums, weights : (N,) what each photograph adds to the numerator and the denominator.
    absolute : take the absolute value of the ratio. Its interval begins at 0 where that of the
        ratio holds 0: folded resample by resample it could not reach 0, nor the value beside it.

    Returns
    -------
    The same arguments give the same interval: the seed is fixed, so two models on the same
    photographs are resampled alike. A resample without weight is left out.
    """
    estimate = _estimate(sums.sum() / weights.sum(), _resample(sums, weights))
    return _folded(estimate) if absolute else estimate


def bootstrap_difference(
    sums: NDArray[np.float64],
    weights: NDArray[np.float64],
    other_sums: NDArray[np.float64],
    other_weights: NDArray[np.float64],
) -> Estimate:
    """Estimate the difference of two metrics, ``sum(sums) / sum(weights)`` less the other.

    The photographs must be the same, in the same order: each resample draws them for both, so
    what is hard about a photograph for both systems does not widen the interval.

    Parameters
    ----------
    sums, weights, other_sums, other_weights : (N,) as for `bootstrap`.
    """
    value = sums.sum() / weights.sum() - other_sums.sum() / other_weights.sum()
    return _estimate(value, _resample(sums, weights) - _resample(other_sums, other_weights))


def _resample(sums: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Form the ratio anew in each resample; the same photographs are drawn in every call."""
    generator = np.random.default_rng(_SEED)
    ratios = np.empty(NUM_RESAMPLES)
    for index in range(NUM_RESAMPLES):
        drawn = generator.integers(len(sums), size=len(sums))
        # Rare colors may be in none of the photographs drawn.
        weight = weights[drawn].sum()
        ratios[index] = sums[drawn].sum() / weight if weight else np.nan
    return ratios


def _folded(signed: Estimate) -> Estimate:
    value, low, high = signed
    nearest, farthest = sorted((abs(low), abs(high)))
    return Estimate(abs(value), 0.0 if low <= 0 <= high else nearest, farthest)


def _estimate(value: float, ratios: NDArray[np.float64]) -> Estimate:
    low, high = np.nanquantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))
