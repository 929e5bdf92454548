"""What is remembered of a scene: answers of the network, and where their places are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.video.flow import agreement, compose, identity

_LONGEST = 64  # key frames for which all but the first of a scene are remembered
_AT_ONCE = 128  # cells whose answers are averaged together


@dataclass(frozen=True, eq=False)
class KeyFrame:
    """A frame that the network has looked at, as it is seen from the present key frame.

    Parameters
    ----------
    number : which key frame of its scene, from 0.
    lightness : (h, w) L*.
    answer : (rows, columns, C) float32, for each cell a distribution over colors; or the ab, of
        a model that decodes itself.
    places : (h, w, 2) map from the present key frame to this one.
    """

    number: int
    lightness: NDArray[np.float32] = field(repr=False)
    answer: NDArray[np.float32] = field(repr=False)
    places: NDArray[np.float32] = field(repr=False)

    @classmethod
    def present(
        cls, number: int, lightness: NDArray[np.float32], answer: NDArray[np.float32]
    ) -> KeyFrame:
        """Make the present key frame, whose places are where they are."""
        return cls(number, lightness, answer, identity(*lightness.shape))

    def seen_from(self, step: NDArray[np.float32]) -> KeyFrame:
        """Look at it from another key frame, from which `step` is the map to the present one."""
        return replace(self, places=compose(step, self.places))


def average_answers(present: KeyFrame, others: Iterable[KeyFrame]) -> NDArray[np.float32]:
    """Average what the network says of the same places in several key frames.

    Each counts as far as its lightness agrees with that of the present one; where none does, the
    present one alone does.

    Returns
    -------
    (rows, columns, C) float32, like the answers.
    """
    rows, columns, channels = present.answer.shape
    total = present.answer.reshape(-1, channels).copy()
    weights = np.ones((len(total), 1), dtype=np.float32)
    for other in others:
        agreed = agreement(present.lightness, other.lightness, other.places)
        weight = _to_cells(agreed, rows, columns).reshape(-1, 1)
        _add_weighted(total, other.answer.reshape(-1, channels), _cells(other), weight)
        weights += weight
    total /= weights
    return total.reshape(present.answer.shape)


def _add_weighted(
    total: NDArray[np.float32],
    answers: NDArray[np.float32],
    cells: NDArray[np.intp],
    weight: NDArray[np.float32],
) -> None:
    """Add to each cell that of the other frame, a few at a time: those stay in the cache."""
    for first in range(0, len(total), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        fetched = answers.take(cells[part], axis=0)
        fetched *= weight[part]
        total[part] += fetched


def remember(memory: tuple[KeyFrame, ...], key: KeyFrame) -> tuple[KeyFrame, ...]:
    """Add a key frame to those that are remembered, and forget some.

    The one with number ``n = odd 2^k`` is remembered for ``2 2^k`` key frames, at most for
    `_LONGEST`: the older, the sparser. The first of a scene is never forgotten.
    """
    kept = [old for old in memory if key.number - old.number < _lifetime(old.number)]
    return (*kept, key)


def _lifetime(number: int) -> float:
    return min(2 * (number & -number), _LONGEST) if number else np.inf


def _cells(key: KeyFrame) -> NDArray[np.intp]:
    """Return for each cell of the present key frame the index of its cell in another one."""
    rows, columns = key.answer.shape[:2]
    cell = -(-key.lightness.shape[0] // rows)
    places = _to_cells(key.places, rows, columns)
    column = np.clip(np.rint((places[..., 0] + 0.5) / cell - 0.5), 0, columns - 1)
    row = np.clip(np.rint((places[..., 1] + 0.5) / cell - 0.5), 0, rows - 1)
    return np.asarray(row * columns + column, dtype=np.intp).ravel()


def _to_cells(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Take the mean over each cell."""
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA))
