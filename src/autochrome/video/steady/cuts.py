"""Scene cuts: where one shot ends and another begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.video.steady.flow import agreement, find_places, identity

_LOST = 0.5  # share of a frame that is found again in the frame before, below which it is a cut
LONGEST_BLANK = 2  # blank frames that a scene may have in a row
_CONTRAST = 12.0  # standard deviation of L* to which that of a faint picture is raised, to compare
_MOST_FAINT = 4.0  # times, at most
_BLANK = 2.0  # standard deviation of L* below which there is nothing to be seen


Maps = tuple[NDArray[np.float32], NDArray[np.float32]]
"""From a frame to the one before, and from that to it; (h, w, 2) each."""


class Neighbors:
    """Follows frame after frame, until there is a cut.

    A blank frame, black or a flash, is no scene of its own: it stands still, and what comes after
    it is compared with what was seen before it, unless that is long ago.
    """

    def __init__(self) -> None:
        self._seen: NDArray[np.float32] | None = None  # L* of the last frame that is not blank
        self._num_blank = 0  # frames since

    def follow(self, lightness: NDArray[np.float32]) -> Maps | None:
        """Take the (h, w) L* of the next frame; None if a scene begins with it."""
        before, start = self._seen, self._seen is None and not self._num_blank
        if is_blank(lightness):
            self._num_blank += 1
            if self._num_blank > LONGEST_BLANK:
                self._seen = None
            still = identity(*lightness.shape)
            return None if start else (still, still)
        self._seen, self._num_blank = lightness, 0
        if before is None:
            return None
        back = find_places(lightness, before)
        if is_cut(before, lightness, back):
            return None
        return back, find_places(before, lightness)


def is_cut(
    before: NDArray[np.float32], lightness: NDArray[np.float32], places: NDArray[np.float32]
) -> bool:
    """Tell whether a frame belongs to another scene than the one before it.

    Parameters
    ----------
    before, lightness : (h, w) L* of the two frames.
    places : (h, w, 2) map from the frame to the one before.
    """
    faint = _faintness(lightness)
    return float(agreement(faint * lightness, faint * before, places).mean()) < _LOST


def raise_contrast(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Show what there is in a faint or dark picture; others stay as they are."""
    return _faintness(lightness) * lightness


def _faintness(lightness: NDArray[np.float32]) -> np.float32:
    return np.float32(np.clip(_CONTRAST / max(float(lightness.std()), 1e-3), 1, _MOST_FAINT))


def is_blank(lightness: NDArray[np.float32]) -> bool:
    """Tell whether a frame shows nothing, as black leader and flashes do: it begins no scene."""
    return float(lightness.std()) < _BLANK
