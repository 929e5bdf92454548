"""Hints spread: over the region of like lightness that they lie in, up to its edges.

The color asked for takes the place of the predicted one by a weight that is 1 at the hint, stays
near 1 within its region and falls to 0 beyond. It follows shading as paint does: chroma rises
and falls with lightness. (Levin, Lischinski, Weiss 2004, "Colorization using optimization",
find such weights by solving a linear system, in which one hint alone colors everything;
distances need no system, and end at edges.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline.hints import Hint
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.regions import distance_within, smooth_grain

_DISC = 2.5  # radius, in pixels of the working size, within which a hint is kept to the letter
_DISC_SPREAD = 5.0  # and how far L* may be from that of the hint there
_MAX_SHADING = 1.3


def spread_hints(
    ab: NDArray[np.float32], prediction: Prediction, hints: Sequence[Hint]
) -> NDArray[np.float32]:
    """Bring hints into the predicted color of a photograph.

    Parameters
    ----------
    ab : (h, w, 2) predicted, at the working size.
    prediction : what it was predicted from.
    hints : one at least. Every one is met at its place, whatever the others say.

    Raises
    ------
    UsageError
        If a hint lies outside the photograph.
    """
    return lay_hints(
        ab, smooth_grain(prediction.lightness), reach_of_hints(prediction, hints), hints
    )


@dataclass(frozen=True, eq=False)
class Reach:
    """How far a hint reaches.

    Parameters
    ----------
    distance : (h, w), from the hint to every place; see `distance_within`.
    lightness : L* at the hint.
    """

    distance: NDArray[np.float32] = field(repr=False)
    lightness: float


def reach_of_hints(prediction: Prediction, hints: Sequence[Hint]) -> Iterator[Reach]:
    """Measure how far hints reach in a photograph, one after the other; see `spread_hints`."""
    smooth = smooth_grain(prediction.lightness)
    for disc in _discs(smooth, prediction, hints):
        distance = distance_within(smooth, disc).astype(np.float32)
        yield Reach(distance, float(smooth[disc].mean()))


def lay_hints(
    ab: NDArray[np.float32],
    smooth: NDArray[np.floating],
    reaches: Iterable[Reach],
    hints: Sequence[Hint],
) -> NDArray[np.float32]:
    """Lay hints over the predicted color, as far as they reach.

    Parameters
    ----------
    ab : (h, w, 2) predicted.
    smooth : (h, w) L* from `smooth_grain`, which the hints' color is shaded by.
    reaches : of the hints, each looked at once; at a distance of 0 a hint is met to the letter.
    hints : one at least.
    """
    light = smooth.astype(np.float32) + 16
    # Sums, so that memory does not grow with the number of hints.
    nearest = np.full(light.shape, np.inf, dtype=np.float32)
    total = np.zeros(light.shape, dtype=np.float32)
    wanted = np.zeros((*light.shape, 2), dtype=np.float32)
    for hint, reach in zip(hints, reaches, strict=True):
        # Every place is divided among the hints: the nearest gets most, at its own disc all.
        nearness = 1 / (_fourth_power(reach.distance) + np.float32(1e-15))
        shaded = nearness * _shading(light, reach.distance == 0, reach.lightness)
        wanted += shaded[..., None] * hint.ab.astype(np.float32)
        total += nearness
        np.minimum(nearest, reach.distance, out=nearest)
    wanted /= total[..., None]
    weight = np.exp(-_fourth_power(nearest))[..., None]
    return np.asarray(ab + weight * (wanted - ab), dtype=np.float32)


def hinted_places(prediction: Prediction, hints: Sequence[Hint]) -> NDArray[np.bool_]:
    """Mark the pixels (h, w) at which hints are kept to the letter."""
    smooth = smooth_grain(prediction.lightness)
    marked = np.zeros(smooth.shape, dtype=np.bool_)
    for disc in _discs(smooth, prediction, hints):
        marked |= disc
    return marked


def _discs(
    smooth: NDArray[np.float64], prediction: Prediction, hints: Sequence[Hint]
) -> Iterator[NDArray[np.bool_]]:
    positions = [h.position(prediction.height, prediction.width, prediction.name) for h in hints]
    places = np.array(positions) * np.array(smooth.shape) - 0.5
    return (_disc(smooth, place, _radius(places, index)) for index, place in enumerate(places))


def _radius(places: NDArray[np.float64], index: int) -> float:
    """Return the radius of a hint's disc, which must not reach into that of another."""
    gaps = np.hypot(*(places - places[index]).T)
    gaps[index] = np.inf
    return float(min(_DISC, gaps.min() / 2 - 1))


def _disc(
    smooth: NDArray[np.float64], place: NDArray[np.float64], radius: float
) -> NDArray[np.bool_]:
    """Mark the pixels around a place that are as light as it is."""
    rows, columns = np.ogrid[: smooth.shape[0], : smooth.shape[1]]
    row, column = place
    # The four that color is interpolated from, at least: by them the very place is exact.
    disc = (np.abs(rows - row) < 1) & (np.abs(columns - column) < 1)
    like = np.abs(smooth - smooth[_nearest(smooth, place)]) < _DISC_SPREAD
    return np.asarray(disc | (like & (np.hypot(rows - row, columns - column) <= radius)))


def _nearest(smooth: NDArray[np.float64], place: NDArray[np.float64]) -> tuple[int, int]:
    row, column = np.clip(np.rint(place).astype(int), 0, np.array(smooth.shape) - 1)
    return int(row), int(column)


def _fourth_power(values: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = values * values
    return squares * squares


def _shading(
    light: NDArray[np.float32], literal: NDArray[np.bool_], lightness: float
) -> NDArray[np.float32]:
    """Return by what a hint's a and b grow in more or less light, given as L* + 16.

    At fixed chromaticity a, b and L* + 16 grow alike: all three with the cube root of the light.
    """
    shading = np.minimum(light / np.float32(lightness + 16), np.float32(_MAX_SHADING))
    return np.where(literal, np.float32(1), shading)
