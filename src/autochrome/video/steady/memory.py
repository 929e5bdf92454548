"""What is remembered of a scene: answers of the network, and where their places are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline.exposure import brightening, exposure_gain
from autochrome.video.steady.flow import agreement, compose, fetch, identity

_LONGEST = 64  # key frames for which all but the first of a scene are remembered
_NOTHING = 1.0  # variance of L* below which all is as good as black
_FOOT = np.float32(16)  # of L*: L* + 16 is as the cube root of light (CIE 15)
_TOGETHER = 4  # channels, the most that OpenCV fetches at once


@dataclass(frozen=True, eq=False)
class KeyFrame:
    """A frame that the network has looked at, as it is seen from the present key frame.

    Parameters
    ----------
    number : which key frame of its scene, from 0.
    lightness : (h, w) L*.
    channels : (G, rows, columns, 4) float32, what the network said of each cell, as in
        `Prediction`, with its channels by fours and zeros after the last.
    places : (h, w, 2) map from the present key frame to this one.
    """

    number: int
    lightness: NDArray[np.float32] = field(repr=False)
    channels: NDArray[np.float32] = field(repr=False)
    places: NDArray[np.float32] = field(repr=False)

    @classmethod
    def present(
        cls, number: int, lightness: NDArray[np.float32], answer: NDArray[np.float32]
    ) -> KeyFrame:
        """Make the present key frame, whose places are where they are, of a (rows, columns, C)."""
        missing = -answer.shape[2] % _TOGETHER
        padded = np.pad(answer.transpose(2, 0, 1), ((0, missing), (0, 0), (0, 0)))
        channels = padded.reshape(-1, _TOGETHER, *answer.shape[:2]).transpose(0, 2, 3, 1)
        return cls(number, lightness, np.ascontiguousarray(channels), identity(*lightness.shape))

    def answer(self, num_channels: int) -> NDArray[np.float32]:
        """Return what the network said as (rows, columns, C) again."""
        rows, columns = self.channels.shape[1:3]
        answer = self.channels.transpose(1, 2, 0, 3).reshape(rows, columns, -1)
        return answer[..., :num_channels]

    def seen_from(self, step: NDArray[np.float32]) -> KeyFrame:
        """Look at it from another key frame, from which `step` is the map to the present one."""
        return replace(self, places=compose(step, self.places))


def average_answers(
    present: KeyFrame, others: Iterable[KeyFrame], cell: int, exposure: float
) -> tuple[KeyFrame, float]:
    """Average what the network says of the same places in several key frames.

    Each counts as far as its lightness agrees with that of the present one; where none does, the
    present one alone does. In a fade, the network sees less the darker a frame is, and in black
    nothing: each counts by its contrast, squared. Logits averaged are distributions multiplied:
    what most key frames agree on stays as decided as it was.

    Parameters
    ----------
    present, others : key frames of one size, as they are seen from the present one.
    cell : side of a cell, in pixels of lightness.
    exposure : with which the network looks at what is dark.

    Returns
    -------
    The present key frame, with the average for an answer; and the factor on its chroma. At a fixed
    chromaticity a, b and L* + 16 grow alike: what the network says of a place in more light is too
    much in less. Taken over the whole frame, so that grain does not count.
    """
    sums, weights = present.channels.copy(), np.ones(present.channels.shape[1:], np.float32)
    grid = identity(*weights.shape[:2])

    def light_seen(frame: KeyFrame) -> NDArray[np.float32]:
        lit = to_cells(frame.lightness, grid.shape, cell) + _FOOT
        return lit * np.float32(brightening(exposure_gain(frame.lightness, exposure)))

    own_light = light_seen(present)
    light = own_light.copy()
    variance = max(float(present.lightness.var()), _NOTHING)
    for other in others:
        agreed = agreement(present.lightness, other.lightness, other.places)
        moved = other.places - identity(*agreed.shape)
        places = grid + to_cells(moved, grid.shape, cell) / np.float32(cell)
        seen = np.float32(other.lightness.var() / variance)
        weight = seen * to_cells(agreed, grid.shape, cell)
        light += weight * fetch(light_seen(other), places)
        weight = np.repeat(weight[..., None], _TOGETHER, axis=-1)
        for total, channels in zip(sums, other.channels, strict=True):
            cv2.accumulateProduct(fetch(channels, places), weight, total)
        weights += weight
    sums /= weights
    light /= weights[..., 0]
    return replace(present, channels=sums), float(own_light.mean() / light.mean())


def remember(memory: tuple[KeyFrame, ...], key: KeyFrame) -> tuple[KeyFrame, ...]:
    """Add a key frame to those that are remembered, and forget some.

    The one with number ``n = odd 2^k`` is remembered for ``2 2^k`` key frames, at most for
    `_LONGEST`: the older, the sparser. The first of a scene is never forgotten.
    """
    kept = [old for old in memory if key.number - old.number < _lifetime(old.number)]
    return (*kept, key)


def _lifetime(number: int) -> float:
    return min(2 * (number & -number), _LONGEST) if number else np.inf


def to_cells(values: NDArray[np.float32], shape: tuple[int, ...], cell: int) -> NDArray[np.float32]:
    """Take the mean over each cell of (h, w) or (h, w, C); those beyond the frame get its edge.

    Parameters
    ----------
    shape : rows and columns of cells, the first two of it.
    cell : side of a cell, in pixels.
    """
    rows, columns = shape[:2]
    below, beyond = rows * cell - values.shape[0], columns * cell - values.shape[1]
    padded = cv2.copyMakeBorder(values, 0, below, 0, beyond, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA))
