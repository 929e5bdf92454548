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
_GRAIN = 3  # pixels over which it is averaged before, so that grain does not count
_GAIN = 8.0  # of contrast from a frame to another, at most: so far a fade is followed
_SMALLER = 4  # times, for the motion of a frame as a whole
_FAR = 0.06  # share of the frame that it moves from one to the next
_SURE = 0.1  # response of phase correlation, of 1
_SPARSE = 3  # one pixel of so many, down and across, tells the change of light of a frame


def find_places(lightness: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find every place of a frame in another one, by dense optical flow.

    Source: Kroeger et al. 2016, "Fast optical flow using dense inverse search".

    Parameters
    ----------
    lightness, other : (h, w) L* in [0, 100].

    Returns
    -------
    (h, w, 2) float32, a map.
    """
    shift = _whole_shift(lightness, other)
    if shift.any():  # farther than the search reaches
        other = fetch(other, identity(*other.shape) + shift)
    flow = _search().calc(_as_bytes(lightness), _as_bytes(other), None)
    flow += shift
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

    A change of light and contrast that is the same everywhere, as old film and fades have it, does
    not count, and neither does grain. Of two frames, the one with less contrast is raised to that
    of the other: in the dark, all pictures would look the same.

    Returns
    -------
    (h, w) float32 in [0, 1]; 0 where the map leads out of the other frame.
    """
    difference = _difference(lightness, fetch(other, places))
    difference = cv.blur(difference, (_GRAIN, _GRAIN))
    distance = cv2.blur(np.abs(difference, out=difference), (_WINDOW, _WINDOW))
    np.square(distance, out=distance)
    distance *= np.float32(-1 / _LIKE**2)
    agreed = np.exp(distance, out=distance)
    height, width = other.shape
    agreed[cv2.inRange(places, (-0.5, -0.5), (width - 0.5, height - 0.5)) == 0] = 0
    return np.asarray(agreed, dtype=np.float32)


def _search() -> Any:
    """Make a search, a new one each time.

    One that is used again keeps something of the frames before, and finds other places: then a film
    that is continued would differ from one that is colored at once.
    """
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    # As true as the preset MEDIUM in 60 % of its time: fewer patches, less smoothing after.
    search.setFinestScale(1)
    search.setGradientDescentIterations(25)
    search.setVariationalRefinementIterations(2)
    return search


def _difference(lightness: NDArray[np.float32], found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subtract from a frame what was found of another, in one light; `found` is used up."""
    ours, theirs = (L[::_SPARSE, ::_SPARSE] for L in (lightness, found))
    gain = min(max(float(ours.std() / max(theirs.std(), 1e-3)), 1 / _GAIN), _GAIN)
    offset = np.median(ours - np.float32(gain) * theirs)
    found *= np.float32(-gain)
    found += lightness
    found -= offset
    found *= np.float32(max(1, 1 / gain))
    return found


def _whole_shift(lightness: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far, right and down in pixels, a frame as a whole lies off in another.

    Zero if it is not far, or not sure. By phase correlation: Kuglin, Hines 1975.
    """
    size = np.array(lightness.shape[::-1]) // _SMALLER
    if size.min() < _SMALLER:
        return np.zeros(2, dtype=np.float32)
    small = [cv2.resize(L, size.tolist(), interpolation=cv2.INTER_AREA) for L in (lightness, other)]
    shift, sure = cv.phaseCorrelate(*small, _window(*size.tolist()))
    far = np.array(shift) / size
    if sure < _SURE or np.abs(far).max() < _FAR:
        return np.zeros(2, dtype=np.float32)
    return np.asarray(far * lightness.shape[::-1], dtype=np.float32)


@lru_cache(maxsize=8)
def _window(width: int, height: int) -> NDArray[np.float32]:
    return np.asarray(cv.createHanningWindow((width, height), cv2.CV_32F))


def _as_bytes(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(lightness * np.float32(2.55)), dtype=np.uint8)
