"""What is remembered of a scene: the color of key frames, and where their places are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from autochrome.video.flow import agreement, compose, fetch, identity

_LONGEST = 64  # key frames for which all but the first of a scene are remembered


@dataclass(frozen=True, eq=False)
class KeyFrame:
    """A frame that the network has looked at, as it is seen from the present key frame.

    Parameters
    ----------
    number : which key frame of its scene, from 0.
    lightness : (h, w) L*.
    ab : (h, w, 2), its color.
    places : (h, w, 2) map from the present key frame to this one.
    """

    number: int
    lightness: NDArray[np.float32] = field(repr=False)
    ab: NDArray[np.float32] = field(repr=False)
    places: NDArray[np.float32] = field(repr=False)

    @classmethod
    def present(
        cls, number: int, lightness: NDArray[np.float32], ab: NDArray[np.float32]
    ) -> KeyFrame:
        """Make the present key frame, whose places are where they are."""
        return cls(number, lightness, ab, identity(*lightness.shape))

    def seen_from(self, step: NDArray[np.float32]) -> KeyFrame:
        """Look at it from another key frame, from which `step` is the map to the present one."""
        return replace(self, places=compose(step, self.places))


def average_color(present: KeyFrame, others: Iterable[KeyFrame]) -> NDArray[np.float32]:
    """Average the color of the same places in several key frames.

    Each counts as far as its lightness agrees with that of the present one; where none does, the
    present one alone does.

    Returns
    -------
    (h, w, 2) float32 ab.
    """
    total = present.ab.copy()
    weights = np.ones((*present.lightness.shape, 1), dtype=np.float32)
    for other in others:
        weight = agreement(present.lightness, other.lightness, other.places)[..., None]
        total += weight * fetch(other.ab, other.places)
        weights += weight
    return np.asarray(total / weights)


def remember(memory: tuple[KeyFrame, ...], key: KeyFrame) -> tuple[KeyFrame, ...]:
    """Add a key frame to those that are remembered, and forget some.

    The one with number ``n = odd 2^k`` is remembered for ``2 2^k`` key frames, at most for
    `_LONGEST`: the older, the sparser. The first of a scene is never forgotten.
    """
    kept = [old for old in memory if key.number - old.number < _lifetime(old.number)]
    return (*kept, key)


def _lifetime(number: int) -> float:
    return min(2 * (number & -number), _LONGEST) if number else np.inf
