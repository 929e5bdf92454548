"""Which colors a system dares to predict: its chroma, and the recall of rare and common colors.

The recall of a class is the share of its pixels that are predicted within a bin's diagonal,
10 * sqrt(2) ab units, of their true ab: the right bin is always near enough. How common a
class is, the table of `metrics.class_probabilities` says, the same for every set.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.color import ab_gamut, soft_encoding_table
from autochrome.color.gamut import GRID_STEP
from autochrome.metrics import class_probabilities

HIT_DISTANCE = GRID_STEP * np.sqrt(2)
CHROMA_EDGES = np.arange(0, 125, 5)
"""Of the histogram; the last bin is open."""
RARE = 0.01
"""A color is rare if its class has fewer than 1 in 100 of the training pixels."""
RARITY_EDGES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 0.0)
"""Class probabilities, common to rare, between which the recall is drawn."""


class PhotographColors(NamedTuple):
    """What a photograph adds.

    ``chroma_counts`` (len(CHROMA_EDGES) - 1,) pixels of each predicted chroma,
    ``mean_chroma``, ``pixels`` (Q,) of each true class and ``hits`` (Q,) of them.
    """

    chroma_counts: NDArray[np.int64]
    mean_chroma: float
    pixels: NDArray[np.int64]
    hits: NDArray[np.int64]


def count_colors(ab: NDArray[np.float32], true_ab: NDArray[np.float32]) -> PhotographColors:
    """Count the colors of one photograph, (H, W, 2) each."""
    chroma = np.hypot(ab[..., 0], ab[..., 1])
    counts, _ = np.histogram(chroma.clip(max=CHROMA_EDGES[-1]), CHROMA_EDGES)
    classes = soft_encoding_table()(true_ab).bins[..., 0]
    error = np.hypot(*np.moveaxis(ab.astype(np.float64) - true_ab, -1, 0))
    num_bins = ab_gamut().num_bins
    return PhotographColors(
        counts,
        float(chroma.mean()),
        np.bincount(classes.ravel(), minlength=num_bins),
        np.bincount(classes[error <= HIT_DISTANCE], minlength=num_bins),
    )


def mean_class_recall_parts(
    pixels: NDArray[np.int64], hits: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Take apart the mean, over the classes that occur, of their recall in percent.

    Parameters
    ----------
    pixels, hits : (N, Q) of `PhotographColors`.

    Returns
    -------
    (N, 2): what each photograph adds to the numerator and the denominator. Each pixel weighs
    as the inverse of its class in the whole set, so that the ratio of sums is the mean; a
    bootstrap of the parts takes these weights as given.
    """
    total = pixels.sum(axis=0)
    weights = np.divide(1.0, total, out=np.zeros(len(total)), where=total > 0)
    return np.stack([100 * hits @ weights, pixels @ weights], axis=1)


def rare_recall_parts(pixels: NDArray[np.int64], hits: NDArray[np.int64]) -> NDArray[np.float64]:
    """Take apart the recall in percent of the pixels of rare colors; see above."""
    rare = class_probabilities() < RARE
    return np.stack([100.0 * hits @ rare, pixels @ rare], axis=1)


def recall_by_rarity(
    pixels: NDArray[np.int64], hits: NDArray[np.int64]
) -> list[tuple[float, float, float | None]]:
    """Sum up the recall of the whole set.

    Parameters
    ----------
    pixels, hits : (Q,) sums over the set.

    Returns
    -------
    For each band of `RARITY_EDGES`: the class probabilities above and below, and the recall
    in percent of the pixels between; None if there is none.
    """
    probabilities = class_probabilities()
    bands = []
    for above, below in pairwise(RARITY_EDGES):
        within = (probabilities >= below) & (probabilities < above)
        total = int(pixels[within].sum())
        bands.append((above, below, 100 * int(hits[within].sum()) / total if total else None))
    return bands
