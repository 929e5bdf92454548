"""How common each color is, and the class-rebalancing weights that follow from it.

Source: Zhang, Isola, Efros 2016, section 2.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autochrome.color.encoding import soft_encoding_table
from autochrome.color.gamut import AbGamut, ab_gamut

UNIFORM_MIXING = 0.5  # lambda of the paper; ``gamma`` in the released code
SMOOTHING_SIGMA = 5.0


def empirical_prior(ab: ArrayLike) -> NDArray[np.float64]:
    """Count how often each bin is the nearest one.

    Parameters
    ----------
    ab : (..., 2) colors in CIELAB units.

    Returns
    -------
    (Q,) float64, sums to 1.

    Raises
    ------
    ValueError
        If there is no color to count.
    """
    nearest = soft_encoding_table()(ab).bins[..., 0]
    if nearest.size == 0:
        raise ValueError("no colors to count")
    counts = np.bincount(nearest.ravel(), minlength=ab_gamut().num_bins)
    return np.asarray(counts / counts.sum())


def smooth_prior(
    prior: ArrayLike, gamut: AbGamut | None = None, sigma: float = SMOOTHING_SIGMA
) -> NDArray[np.float64]:
    """Smooth a prior with a Gaussian over the ab plane; (Q,) to (Q,), sums to 1."""
    centers = (gamut or ab_gamut()).centers.astype(np.float64)
    squared = ((centers[:, None] - centers[None]) ** 2).sum(axis=-1)
    kernel = np.exp(-squared / (2 * sigma**2))
    # Each bin spreads exactly its own mass, at the gamut's edge too.
    kernel /= kernel.sum(axis=0, keepdims=True)
    return np.asarray(kernel @ np.asarray(prior, dtype=np.float64))


def class_rebalancing_weights(
    prior: ArrayLike, uniform_mixing: float = UNIFORM_MIXING
) -> NDArray[np.float64]:
    """Weigh each bin by its rarity: w = 1 / ((1 - lambda) p + lambda / Q), E_p[w] = 1.

    Parameters
    ----------
    prior : (Q,) probabilities p.
    uniform_mixing : lambda in [0, 1]; 1 weighs all bins alike.

    Returns
    -------
    (Q,) float64 weights with sum(p w) = 1.

    Raises
    ------
    ValueError
        If lambda is outside [0, 1], or is 0 while a bin has no probability.
    """
    prior = np.asarray(prior, dtype=np.float64)
    if not 0 <= uniform_mixing <= 1:
        raise ValueError(f"uniform_mixing must be in [0, 1], got {uniform_mixing}")
    mixed = (1 - uniform_mixing) * prior + uniform_mixing / len(prior)
    if not (mixed > 0).all():
        raise ValueError("a bin without probability needs uniform_mixing > 0")
    return np.asarray(1 / mixed / (prior / mixed).sum())
