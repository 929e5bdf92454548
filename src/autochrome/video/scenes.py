"""Scene cuts: where one shot ends and another begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.video.flow import agreement

_LOST = 0.35  # share of a frame that is found again in the frame before, below which it is a cut
_UNLIKE = 0.25  # share of pixels that another lightness has, for the flow to be distrusted
_BINS = 32


def is_cut(
    before: NDArray[np.float32], lightness: NDArray[np.float32], places: NDArray[np.float32]
) -> bool:
    """Tell whether a frame belongs to another scene than the one before it.

    Parameters
    ----------
    before, lightness : (h, w) L* of the two frames.
    places : (h, w, 2) map from the frame to the one before.
    """
    found = float(agreement(lightness, before, places).mean())
    return found < _LOST or (found < 2 * _LOST and _histogram_distance(before, lightness) > _UNLIKE)


def _histogram_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the share of pixels, in [0, 1], that would have to change to another lightness."""
    counts = [np.histogram(L, bins=_BINS, range=(0, 100))[0] / L.size for L in (one, other)]
    return float(np.abs(counts[0] - counts[1]).sum() / 2)
