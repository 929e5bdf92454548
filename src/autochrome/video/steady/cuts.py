"""Scene cuts: where one shot ends and another begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from autochrome.video.steady.flow import agreement, find_places, identity

T = TypeVar("T")

_LOST = 0.5  # share of a frame that is found again in the frame before, below which it is a cut
LONGEST_FLASH = 2  # frames unlike those around them that begin no scene
LONGEST_BLANK = 2  # blank frames that a scene may have in a row
_CONTRAST = 12.0  # standard deviation of L* to which that of a faint picture is raised, to compare
_MOST_FAINT = 4.0  # times, at most
_BLANK = 2.0  # standard deviation of L* below which there is nothing to be seen


Maps = tuple[NDArray[np.float32], NDArray[np.float32]]
"""From a frame to the one before, and from that to it; (h, w, 2) each."""


@dataclass(frozen=True, eq=False)
class Followed(Generic[T]):
    """A frame, and how it hangs together with the one before.

    Parameters
    ----------
    item : what came with it.
    lightness : (h, w) L*.
    maps : to and from the frame before; None if a scene begins with it.
    shows : whether it shows what the scene does; black and flashes do not.
    """

    item: T
    lightness: NDArray[np.float32] = field(repr=False)
    maps: Maps | None = field(default=None, repr=False)
    shows: bool = True


def follow(frames: Iterable[tuple[T, NDArray[np.float32]]]) -> Iterator[Followed[T]]:
    """Follow frame after frame, and find where scenes begin.

    Blank frames, and one or two that are unlike those around them, as flashes and splices are,
    are no scene of their own: they stand still, and what comes after them is compared with what was
    seen before, unless that is long ago.

    Parameters
    ----------
    frames : anything, and with it (h, w) L*.

    Yields
    ------
    All of them in their order; where a scene may begin, `LONGEST_FLASH` frames late.
    """
    source = iter(frames)
    again: deque[tuple[T, NDArray[np.float32]]] = deque()  # to be looked at once more
    unlike: list[tuple[T, NDArray[np.float32]]] = []  # the last ones: a flash, or a new scene
    seen: NDArray[np.float32] | None = None  # L* of the last frame that shows something
    num_blank = 0  # frames since
    while (frame := again.popleft() if again else next(source, None)) or unlike:
        maps = _maps(seen, frame[1]) if frame else None
        if unlike and maps is None:
            if frame and len(unlike) < LONGEST_FLASH and not is_blank(frame[1]):
                unlike.append(frame)
                continue
            begin, *rest = unlike
            yield Followed(*begin)
            seen, unlike = begin[1], []
            again.extendleft(reversed([*rest, *([frame] if frame else [])]))
            continue
        assert frame is not None
        item, lightness = frame
        still = (identity(*lightness.shape),) * 2
        yield from (Followed(*flash, still, shows=False) for flash in unlike)
        unlike = []
        if is_blank(lightness):
            is_start = seen is None and not num_blank
            num_blank += 1
            seen = None if num_blank > LONGEST_BLANK else seen
            yield Followed(item, lightness, None if is_start else still, shows=False)
            continue
        num_blank = 0
        if maps is None and seen is not None:
            unlike = [frame]
        else:
            seen = lightness
            yield Followed(item, lightness, maps)


def _maps(before: NDArray[np.float32] | None, lightness: NDArray[np.float32]) -> Maps | None:
    """Find two frames in each other; None if they are of two scenes, or nothing is to be seen."""
    if before is None or is_blank(lightness):
        return None
    back = find_places(lightness, before)
    return None if is_cut(before, lightness, back) else (back, find_places(before, lightness))


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
