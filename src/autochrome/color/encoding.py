"""From ab to a distribution over the gamut's bins, and back.

H^-1 (`soft_encoding`) makes training targets; H is the only decoder at inference:
`decode_with_variance`, of which `decode_logits` and `annealed_mean` give the color.
Source: Zhang, Isola, Efros 2016, sections 2.1 and 2.3.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autochrome.color.gamut import GRID_STEP, AbGamut, ab_gamut

NUM_NEIGHBORS = 5  # the paper's number; the released layer is configured with 10
SIGMA = 5.0
TEMPERATURE = 0.38  # the released deploy file multiplies logits by 2.606, that is T = 0.3837

_SMALLEST_TEMPERATURE = 1e-6
_MOST_FAVORED = 55.0  # chroma; little is more saturated, and reds and yellows would turn garish
_TABLE_MIN, _TABLE_MAX = -110, 110  # integer ab beyond any sRGB color


class SoftEncoding(NamedTuple):
    """A sparse distribution: the K nearest bins, nearest first, and their weights.

    ``bins`` is (..., K) int64 and ``weights`` (..., K) float32 summing to 1.
    """

    bins: NDArray[np.int64]
    weights: NDArray[np.float32]


class SoftEncodingTable(NamedTuple):
    """`soft_encoding` of every integer (a, b), indexed ``[a - minimum, b - minimum]``."""

    bins: NDArray[np.int64]
    weights: NDArray[np.float32]
    minimum: int
    maximum: int

    def __call__(self, ab: ArrayLike) -> SoftEncoding:
        """Encode (..., 2) ab, rounded to integers."""
        index = np.rint(np.asarray(ab)).astype(np.int64).clip(self.minimum, self.maximum)
        a, b = index[..., 0] - self.minimum, index[..., 1] - self.minimum
        return SoftEncoding(self.bins[a, b], self.weights[a, b])


def soft_encoding(
    ab: ArrayLike,
    gamut: AbGamut | None = None,
    num_neighbors: int = NUM_NEIGHBORS,
    sigma: float = SIGMA,
) -> SoftEncoding:
    """Spread each ab over its nearest bins with Gaussian weights (H^-1).

    Parameters
    ----------
    ab : (..., 2) in CIELAB units.
    gamut : bins to encode over; the 313-bin gamut by default.
    num_neighbors : K, how many of the nearest bins share the weight.
    sigma : standard deviation of the Gaussian, in CIELAB units.

    Raises
    ------
    ValueError
        If the last axis is not 2, or K or sigma is out of range.

    Notes
    -----
    Zhang, Isola, Efros 2016, section 2.1: 5 neighbours, sigma 5. Equal distances (a grid
    has many) are broken by bin order, so the result does not depend on the platform.
    """
    gamut = gamut or ab_gamut()
    ab = np.asarray(ab, dtype=np.float64)
    if ab.shape[-1:] != (2,):
        raise ValueError(f"ab must have a last axis of 2, got shape {ab.shape}")
    if not 1 <= num_neighbors <= gamut.num_bins or sigma <= 0:
        raise ValueError(f"need 1 <= num_neighbors <= {gamut.num_bins} and sigma > 0")
    squared = ((ab[..., None, :] - gamut.centers.astype(np.float64)) ** 2).sum(axis=-1)
    bins = np.argsort(squared, axis=-1, kind="stable")[..., :num_neighbors]
    nearest = np.take_along_axis(squared, bins, axis=-1)
    # Relative to the nearest bin, so that far-away colors do not underflow to 0 / 0.
    weights = np.exp(-(nearest - nearest[..., :1]) / (2 * sigma**2))
    weights /= weights.sum(axis=-1, keepdims=True)
    return SoftEncoding(bins.astype(np.int64), weights.astype(np.float32))


@cache
def soft_encoding_table() -> SoftEncodingTable:
    """Tabulate `soft_encoding` at integer ab: a look-up instead of a neighbour search."""
    axis = np.arange(_TABLE_MIN, _TABLE_MAX + 1)
    rows = [soft_encoding(np.stack([np.full_like(axis, a), axis], axis=-1)) for a in axis]
    bins = np.stack([row.bins for row in rows])
    weights = np.stack([row.weights for row in rows])
    bins.setflags(write=False)
    weights.setflags(write=False)
    return SoftEncodingTable(bins, weights, _TABLE_MIN, _TABLE_MAX)


def annealed_mean(
    distribution: ArrayLike, gamut: AbGamut | None = None, temperature: float = TEMPERATURE
) -> NDArray[np.float32]:
    """Decode a distribution over ab bins to one ab value (H).

    Parameters
    ----------
    distribution : (..., Q) non-negative, sums to 1 over the last axis.
    gamut : AbGamut with Q bins; the 313-bin gamut by default.
    temperature : in (0, 1]; 1 gives the mean, towards 0 the mode.

    Returns
    -------
    (..., 2) float32 ab in CIELAB units.

    Raises
    ------
    ValueError
        If the last axis is not Q or the temperature is outside (0, 1].

    Notes
    -----
    Zhang, Isola, Efros 2016, section 2.3, equation 5; T = 0.38.
    """
    gamut = gamut or ab_gamut()
    with np.errstate(divide="ignore"):
        return decode_logits(np.log(np.asarray(distribution)), gamut, temperature)


def decode_logits(
    logits: ArrayLike,
    gamut: AbGamut | None = None,
    temperature: float = TEMPERATURE,
    vividness: float = 0.0,
) -> NDArray[np.float32]:
    """Decode a network's logits to ab: the annealed mean with a knob for saturated colors.

    ``ab = sum_q c_q softmax_q(logits_q / T + v ln(10) min(|c_q|, 55) / 10)``

    Parameters
    ----------
    logits : (..., Q) unnormalised log-probabilities.
    gamut : AbGamut with Q bins; the 313-bin gamut by default.
    temperature : T in (0, 1]; 1 gives the mean, towards 0 the mode.
    vividness : v in [-1, 1]; 0 as answered, negative more natural, positive more vivid: at 1 a
        color is ten times as likely for each bin that it is further from gray, up to 55.

    Returns
    -------
    (..., 2) float32 ab in CIELAB units.

    Raises
    ------
    ValueError
        If a shape, the temperature or the vividness is out of range.

    Notes
    -----
    The paper has no vividness. All hues gain alike, where powers of the class-rebalancing weights
    would favor rare ones, violet before blue; see docs/training.md.
    """
    return decode_with_variance(logits, gamut, temperature, vividness)[0]


def saturation_logits(gamut: AbGamut | None = None) -> NDArray[np.float32]:
    """Return what a vividness of 1 adds to annealed logits, (Q,) float32; see `decode_logits`."""
    chroma = np.hypot(*(gamut or ab_gamut()).centers.T)
    return np.asarray(np.log(10) / GRID_STEP * np.minimum(chroma, _MOST_FAVORED), dtype=np.float32)


def decode_with_variance(
    logits: ArrayLike,
    gamut: AbGamut | None = None,
    temperature: float = TEMPERATURE,
    vividness: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Decode a network's logits to ab, with the variance of the annealed distribution.

    Parameters and errors are those of `decode_logits`.

    Returns
    -------
    (..., 2) float32 ab in CIELAB units, and (...) float32 variance in ab squared: the expected
    squared distance from that mean, after temperature and vividness.
    """
    gamut = gamut or ab_gamut()
    logits = np.asarray(logits)
    if logits.shape[-1:] != (gamut.num_bins,):
        raise ValueError(f"expected {gamut.num_bins} bins on the last axis, got {logits.shape}")
    if not 0 < temperature <= 1:
        raise ValueError(f"temperature must be in (0, 1], got {temperature}")
    if not -1 <= vividness <= 1:
        raise ValueError(f"vividness must be in [-1, 1], got {vividness}")
    scaled = logits.astype(np.float32)
    # Center before dividing, and bound the divisor: a tiny temperature is the mode, not inf.
    scaled -= scaled.max(axis=-1, keepdims=True)
    scaled /= np.float32(max(temperature, _SMALLEST_TEMPERATURE))
    if vividness != 0:
        scaled += np.float32(vividness) * saturation_logits(gamut)
        scaled -= scaled.max(axis=-1, keepdims=True)
    np.exp(scaled, out=scaled)
    total = scaled.sum(axis=-1, keepdims=True)
    squares = (gamut.centers**2).sum(axis=-1, keepdims=True)
    moments = (scaled @ np.concatenate([gamut.centers, squares], axis=-1)) / total
    ab = np.ascontiguousarray(moments[..., :2], dtype=np.float32)
    variance = np.maximum(moments[..., 2] - (ab**2).sum(axis=-1), 0)
    return ab, np.asarray(variance, dtype=np.float32)
