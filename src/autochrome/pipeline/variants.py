"""Plausible versions of one photograph: where its color is open, it goes other ways.

The network answers with a distribution, whose covariance says how open the color of a place is
and along which line of colors. A version moves every region of like lightness by the same number
of standard deviations in a direction of its own. What the network is sure of (sky, skin, grass)
stays near; what could be anything (clothes, cars, walls) moves. Within a region the move is
smooth, so that a version is as coherent as the ordinary result.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autochrome.color import ab_gamut, max_chroma_table
from autochrome.errors import UsageError
from autochrome.metrics import ciede2000
from autochrome.photo import resize_array
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.prepare import working_size
from autochrome.pipeline.regions import distance_within, smooth_grain

logger = logging.getLogger(__name__)

MAX_VARIANTS = 16
DIFFERENCE = 5.0
"""The mean CIEDE2000 between two versions that is aimed at."""

_AIM = 1.08 * DIFFERENCE  # the full-size picture differs a little from the small one measured
_MAX_DEVIATIONS = 1.5
_SIDE = 96  # short side, in pixels, at which regions are told apart
_TRIES = 36  # places at which a region is looked for
_LARGE = 0.03  # of the photograph
_REST = 1.5  # the distance from which a place belongs to no region
_SAMPLE = 1000  # pixels that the difference is measured on
_FIRST_GUESS = 0.5
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several versions: number `index` (from 1, the ordinary result) of `count`.

    Raises
    ------
    UsageError
        If `count` is not from 2 to 16, or `index` not from 1 to `count`.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 2 <= self.count <= MAX_VARIANTS:
            raise UsageError(f"variants must be from 2 to {MAX_VARIANTS}, got {self.count}")
        if not 1 <= self.index <= self.count:
            raise UsageError(f"There is no variant {self.index} of {self.count}")

    @property
    def siblings(self) -> list[Variant]:
        """All `count` versions, this one among them."""
        return [Variant(index, self.count) for index in range(1, self.count + 1)]


def vary(ab: NDArray[np.float32], prediction: Prediction, variant: Variant) -> NDArray[np.float32]:
    """Turn the ordinary color of a photograph into that of another version.

    Parameters
    ----------
    ab : (h, w, 2) at the working size.
    prediction : what it was decoded from.
    variant : which version; the same of the same photograph is always the same.

    Notes
    -----
    How far versions lie apart is set so that two of them differ on this photograph by a mean
    CIEDE2000 of 5 or a little more, at full saturation and strength. Where that would take more
    than `_MAX_DEVIATIONS` standard deviations, they differ less and a warning is logged.
    """
    if variant.index == 1:
        return ab
    rng = np.random.default_rng(0)
    moves = _moves(prediction, variant.count, rng)
    deviations, reached = _calibrate(ab, moves, prediction.lightness, rng)
    if reached < DIFFERENCE and variant.index == 2:  # said once a photograph
        logger.warning(
            "the versions of %s differ by %.1f on average, not by %g: "
            "its colors leave no more room, or it is dark",
            *(prediction.name, reached, DIFFERENCE),
        )
    return np.asarray(ab + deviations * moves[variant.index - 1], dtype=np.float32)


def _moves(prediction: Prediction, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (count, h, w, 2): each version's move away from the first, by one deviation."""
    height, width = prediction.lightness.shape
    root = resize_array(_root_covariance(prediction.answer), *prediction.padded_size)
    root = root[:height, :width].reshape(height, width, 2, 2) / np.float32(prediction.brightening)
    shares = _regions(prediction.lightness, rng)
    # In every region the versions lie evenly on a circle: far from one another, and from the
    # first one in its middle.
    turns = rng.uniform(0, 2 * np.pi, len(shares))
    order = np.stack([rng.permutation(count - 1) for _ in shares], axis=1)
    angles = turns + order * (2 * np.pi / (count - 1))
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    field = np.einsum("khw,vkc->vhwc", shares, directions)
    moved = np.einsum("hwcd,vhwd->vhwc", root, field)
    return np.concatenate([np.zeros_like(moved[:1]), moved]).astype(np.float32, copy=False)


def _root_covariance(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 4), the square root of the distribution's covariance over ab."""
    a, b = ab_gamut().centers.T
    products = np.stack([a, b, a * a, b * b, a * b], axis=-1)
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    moments = p @ products / p.sum(axis=-1, keepdims=True)
    a, b, aa, bb, ab = np.rollaxis(moments, -1)
    aa, bb, ab = aa - a * a, bb - b * b, ab - a * b
    # Of a 2 x 2 matrix M: sqrt(M) = (M + s I) / t with s = sqrt(det M), t = sqrt(trace M + 2 s).
    s = np.sqrt(np.maximum(aa * bb - ab * ab, 0))
    t = np.sqrt(np.maximum(aa + bb, 0) + 2 * s) + 1e-6
    return np.asarray(np.stack([aa + s, ab, ab, bb + s], axis=-1) / t[..., None])


def _regions(lightness: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Share every pixel among the large regions of like lightness and the rest, (K, h, w)."""
    height, width = lightness.shape
    small = resize_array(lightness[..., None], *working_size(height, width, _SIDE))
    smooth = smooth_grain(small[..., 0])
    # What is far from every large region, foliage and clutter, moves as one.
    distances = [np.full(smooth.shape, _REST)]
    for place in rng.integers(smooth.size, size=_TRIES):
        start = np.zeros(smooth.shape, dtype=bool)
        start.flat[place] = True
        if any(distance[start] < 1 for distance in distances):
            continue  # in a region that is there already
        distance = distance_within(smooth, start)
        if (distance < 1).mean() > _LARGE:
            distances.append(distance)
    nearness = 1 / (np.stack(distances, axis=-1) ** 2 + 1e-2)
    shares = (nearness / nearness.sum(axis=-1, keepdims=True)).astype(np.float32)
    return np.moveaxis(resize_array(shares, height, width), -1, 0).astype(np.float64)


def _calibrate(
    ab: NDArray[np.float32],
    moves: NDArray[np.float32],
    lightness: NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Find how many deviations make the versions differ enough, and how much they then do."""
    count = len(moves)
    # Not every pair of many, but every version equally often.
    shifts = range(1, count // 2 + 1, max(1, count // 5))
    pairs = [(i, (i + shift) % count) for shift in shifts for i in range(count)]
    places = rng.choice(lightness.size, min(_SAMPLE, lightness.size), replace=False)
    lightness = lightness.reshape(-1)[places]
    base = ab.reshape(-1, 2)[places]
    moves = moves.reshape(count, -1, 2)[:, places]

    def difference(deviations: float) -> float:
        lab = _inside_srgb(lightness, base + deviations * moves)
        return float(np.mean([ciede2000(lab[i], lab[j]).mean() for i, j in pairs]))

    deviations = _FIRST_GUESS
    for _ in range(_STEPS):  # the difference grows almost in proportion, so this settles at once
        deviations *= _AIM / max(difference(deviations), 0.01)
        deviations = min(deviations, _MAX_DEVIATIONS)
    return deviations, difference(deviations)


def _inside_srgb(lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Join (N,) L* and (V, N, 2) ab to (V, N, 3) Lab, with chroma limited as in the result."""
    table = max_chroma_table(201, 361)
    hue = np.arctan2(ab[..., 1], ab[..., 0]) / (2 * np.pi) % 1
    row = np.rint(np.clip(lightness / 100, 0, 1) * (table.shape[0] - 1)).astype(int)
    limit = table[row, np.rint(hue * (table.shape[1] - 1)).astype(int)]
    scale = np.minimum(1, limit / np.maximum(np.hypot(ab[..., 0], ab[..., 1]), 1e-6))
    every = np.broadcast_to(lightness, ab.shape[:-1])
    return np.concatenate([every[..., None], ab * scale[..., None]], axis=-1)
