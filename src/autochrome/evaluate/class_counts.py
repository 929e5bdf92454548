"""Measure how common each color class is in a set of photographs.

This made the table that ships with the metrics (`metrics.class_probabilities`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autochrome.color import ab_gamut, rgb8_to_lab, soft_encoding_table
from autochrome.errors import UsageError

PIXEL_STEP = 4


def count_classes(
    photographs: Iterable[NDArray[np.uint8]], pixel_step: int = PIXEL_STEP
) -> NDArray[np.int64]:
    """Count, for each bin of the ab gamut, the pixels that it is the nearest bin of.

    Parameters
    ----------
    photographs : (H, W, 3) uint8 sRGB each.
    pixel_step : look at every n-th pixel of every n-th row.

    Returns
    -------
    (Q,) int64 counts; divided by their sum they are the class probabilities.

    Raises
    ------
    UsageError
        If there is no photograph.
    """
    num_bins = ab_gamut().num_bins
    nearest_bins = soft_encoding_table()
    counts = np.zeros(num_bins, np.int64)
    for rgb in photographs:
        lab = rgb8_to_lab(rgb[::pixel_step, ::pixel_step])
        nearest = nearest_bins(lab[..., 1:]).bins[..., 0]
        counts += np.bincount(nearest.ravel(), minlength=num_bins)
    if not counts.any():
        raise UsageError("there is no photograph to count")
    return counts
