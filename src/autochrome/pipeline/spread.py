"""Hints spread: over the region of like lightness that they lie in, up to its edges.

The color asked for takes the place of the predicted one by a weight that is 1 at the hint, stays
near 1 within its region and falls to 0 beyond. It follows shading as paint does: chroma rises
and falls with lightness. (Levin, Lischinski, Weiss 2004, "Colorization using optimization",
find such weights by solving a linear system, in which one hint alone colors everything;
distances need no system, and end at edges.)
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """How far hints reach.

    Parameters
    ----------
    distances : (N, h, w), from each hint to every place; see `distance_within`.
    lightness : (N,) L* at each hint.
    """

    distances: NDArray[np.floating] = field(repr=False)
    lightness: NDArray[np.floating] = field(repr=False)


def reach_of_hints(prediction: Prediction, hints: Sequence[Hint]) -> Reach:
    """Measure how far hints reach in a photograph; see `spread_hints`."""
    smooth = smooth_grain(prediction.lightness)
    discs = _discs(smooth, prediction, hints)
    return Reach(
        np.stack([distance_within(smooth, disc) for disc in discs]),
        np.array([smooth[disc].mean() for disc in discs]),
    )


def lay_hints(
    ab: NDArray[np.float32], smooth: NDArray[np.floating], reach: Reach, hints: Sequence[Hint]
) -> NDArray[np.float32]:
    """Lay hints over the predicted color, as far as they reach.

    Parameters
    ----------
    ab : (h, w, 2) predicted.
    smooth : (h, w) L* from `smooth_grain`, which the hints' color is shaded by.
    reach : of the hints; at a distance of 0 they are met to the letter.
    hints : one at least.
    """
    weight = np.exp(-(reach.distances.min(axis=0) ** 4))[..., None]
    wanted = sum(
        share[..., None] * _shaded(hint, smooth, distance == 0, lightness)
        for share, hint, distance, lightness in zip(
            _shares(reach.distances), hints, reach.distances, reach.lightness, strict=True
        )
    )
    return np.asarray(ab + weight * (wanted - ab), dtype=np.float32)


def hinted_places(prediction: Prediction, hints: Sequence[Hint]) -> NDArray[np.bool_]:
    """Mark the pixels (h, w) at which hints are kept to the letter."""
    smooth = smooth_grain(prediction.lightness)
    return np.asarray(np.any(_discs(smooth, prediction, hints), axis=0))


def _discs(
    smooth: NDArray[np.float64], prediction: Prediction, hints: Sequence[Hint]
) -> list[NDArray[np.bool_]]:
    positions = [h.position(prediction.height, prediction.width, prediction.name) for h in hints]
    places = np.array(positions) * np.array(smooth.shape) - 0.5
    return [_disc(smooth, place, _radius(places, index)) for index, place in enumerate(places)]


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


def _shares(distances: NDArray[np.floating]) -> NDArray[np.float64]:
    """Divide every place among the hints: the nearest gets most, at its own disc all."""
    nearness = 1 / (distances**4 + 1e-15)
    return np.asarray(nearness / nearness.sum(axis=0))


def _shaded(
    hint: Hint,
    smooth: NDArray[np.floating],
    literal: NDArray[np.bool_],
    lightness: np.floating,
) -> NDArray[np.float64]:
    """Return the hint's color in more or less light.

    At fixed chromaticity a, b and L* + 16 grow alike: all three with the cube root of the light.
    """
    shading = np.minimum((smooth + 16) / (lightness + 16), _MAX_SHADING)
    return np.where(literal, 1, shading)[..., None] * hint.ab
