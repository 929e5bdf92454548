"""AuC: area under the curve of how many pixels are within an ab error.

The curve is the share of pixels whose Euclidean ab error is at most t; its mean over
t = 0, 1, ..., 150 is the area, in percent. The rebalanced variant weighs each pixel by the
inverse probability of its true color's class, so that rare colors count as much as
common ones.

The curve is linear in its pixels: a pixel adds its weight times the share of thresholds
it is within. So a set of photographs needs two numbers for each photograph
(`auc_sums`), and the AuC of any set, or of any resample of it, is their ratio of sums.

Source: Zhang, Isola, Efros 2016, section 3.1 ("raw accuracy").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autochrome.color import soft_encoding_table

NUM_THRESHOLDS = 151  # t = 0, 1, ..., 150


class AucSums(NamedTuple):
    """What some pixels add to an AuC: 100 * sum(hits) / sum(weight) over a set."""

    hits: float
    weight: float


def auc_sums(
    predicted_ab: ArrayLike, true_ab: ArrayLike, class_probabilities: ArrayLike | None = None
) -> AucSums:
    """Sum up what one photograph adds to the AuC of a set.

    Parameters
    ----------
    predicted_ab, true_ab : (..., 2) ab in CIELAB units, of the same shape.
    class_probabilities : (Q,) positive probabilities of the ab gamut's bins; weighs each
        pixel by 1 / (probability of the bin nearest to its true color). None weighs all
        pixels alike.

    Returns
    -------
    The weighted number of pixels, each counted by the share of thresholds it is within,
    and the sum of weights.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not finite, or a probability is not positive.
    """
    error = _ab_error(predicted_ab, true_ab)
    # error <= t for the integers t from ceil(error) to 150.
    thresholds_met = np.maximum(0, NUM_THRESHOLDS - np.ceil(error))
    share = thresholds_met / NUM_THRESHOLDS
    if class_probabilities is None:
        return AucSums(float(share.sum()), float(share.size))
    probabilities = np.asarray(class_probabilities, dtype=np.float64)
    if not (probabilities > 0).all():
        raise ValueError("class probabilities must be positive; raise them to a floor")
    weight = 1 / probabilities[soft_encoding_table()(true_ab).bins[..., 0]]
    return AucSums(float((weight * share).sum()), float(weight.sum()))


def auc(
    predicted_ab: ArrayLike, true_ab: ArrayLike, class_probabilities: ArrayLike | None = None
) -> float:
    """Compute the AuC in percent, 0 to 100 (exact); see `auc_sums` for the arguments."""
    hits, weight = auc_sums(predicted_ab, true_ab, class_probabilities)
    return 100 * hits / weight


def _ab_error(predicted_ab: ArrayLike, true_ab: ArrayLike) -> NDArray[np.float64]:
    """Return the Euclidean distance of each pixel's ab, (...)."""
    predicted = np.asarray(predicted_ab, dtype=np.float64)
    true = np.asarray(true_ab, dtype=np.float64)
    if predicted.shape != true.shape or true.shape[-1:] != (2,) or true.size == 0:
        raise ValueError(f"expected two equal (..., 2) shapes, got {predicted.shape}, {true.shape}")
    difference = predicted - true
    error = np.hypot(difference[..., 0], difference[..., 1])
    if not np.isfinite(error).all():
        raise ValueError("ab must be finite")
    return np.asarray(error)
