"""Optical flow: where each place of a frame lies in another frame.

A map is (h, w, 2) float32: for every pixel of a frame, the column and row, in pixels, at which what
it shows lies in another frame. Maps between neighbors come from optical flow; longer ones
are composed of those, so that what is fetched through a map is interpolated only once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

cv: Any = cv2  # its types do not know that an output may be None

_LIKE = 6.0  # a difference of L* at which two places are no longer taken for the same
_WINDOW = 5  # pixels of the neighborhood in which lightness is compared


class Flow:
    """Dense optical flow by Kroeger et al. 2016, "Fast optical flow using dense inverse search"."""

    def map_to(
        self, lightness: NDArray[np.float32], other: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Find every place of a frame in another one.

        Parameters
        ----------
        lightness, other : (h, w) L* in [0, 100].

        Returns
        -------
        (h, w, 2) float32, a map.
        """
        # A search that is used again keeps something of the frames before, and finds other places:
        # then a film that is continued would differ from one that is colored at once.
        search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        flow = search.calc(_as_bytes(lightness), _as_bytes(other), None)
        return np.asarray(flow + identity(*lightness.shape), dtype=np.float32)


@lru_cache(maxsize=8)
def identity(height: int, width: int) -> NDArray[np.float32]:
    """Return the map of a frame onto itself."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    places = np.stack([columns, rows], axis=-1).astype(np.float32)
    places.setflags(write=False)
    return places


def fetch(values: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fetch values of another frame through a map, bilinearly; beyond its edge, those at the edge.

    Parameters
    ----------
    values : (h, w) or (h, w, 1 to 4) float32 of the other frame.
    places : (h, w, 2) map to it.
    """
    fetched = cv.remap(
        values, places, None, interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(fetched, dtype=np.float32)


def compose(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Follow a map from a frame to another, and from there on a second map to a third."""
    return fetch(second, first)


def agreement(
    lightness: NDArray[np.float32], other: NDArray[np.float32], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Tell how well a frame looks like what a map finds for it in another one.

    A change of light that is the same everywhere, as old film and fades have it, does not count.

    Returns
    -------
    (h, w) float32 in [0, 1]; 0 where the map leads out of the other frame.
    """
    difference = fetch(other, places) - lightness
    difference -= np.float32(np.median(difference))
    distance = cv2.blur(np.abs(difference), (_WINDOW, _WINDOW)) / np.float32(_LIKE)
    height, width = other.shape
    column, row = places[..., 0], places[..., 1]
    inside = (column > -1) & (column < width) & (row > -1) & (row < height)
    return np.asarray(np.exp(-(distance**2)) * inside, dtype=np.float32)


def _as_bytes(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(lightness * np.float32(2.55)), dtype=np.uint8)
