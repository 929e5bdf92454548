"""Gamut mapping: lower chroma at fixed L* and hue until a color is inside sRGB.

Clipping RGB instead would move L*, and with it the photograph.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autochrome.color.spaces import as_float, lab_to_linear_rgb

_MAX_CHROMA = 140.0  # sRGB's largest is about 134, at pure blue
_BISECTIONS = 20
_TOLERANCE = 1e-6  # of linear RGB, so that white itself counts as inside


def _is_inside(lab: NDArray[np.floating]) -> NDArray[np.bool_]:
    rgb = lab_to_linear_rgb(lab)
    return np.asarray(((rgb >= -_TOLERANCE) & (rgb <= 1 + _TOLERANCE)).all(axis=-1))


def max_chroma(lightness: ArrayLike, hue: ArrayLike) -> NDArray[np.float64]:
    """Find the largest chroma inside sRGB at a lightness and hue.

    Parameters
    ----------
    lightness : (...) L* in [0, 100].
    hue : (...) hue angle in radians, broadcast against `lightness`.

    Returns
    -------
    (...) float64 chroma in CIELAB units.
    """
    lightness, hue = np.broadcast_arrays(
        np.asarray(lightness, dtype=np.float64), np.asarray(hue, dtype=np.float64)
    )
    direction = np.stack([np.cos(hue), np.sin(hue)], axis=-1)
    low = np.zeros(lightness.shape)
    high = np.full(lightness.shape, _MAX_CHROMA)
    for _ in range(_BISECTIONS):
        chroma = (low + high) / 2
        lab = np.concatenate([lightness[..., None], direction * chroma[..., None]], axis=-1)
        inside = _is_inside(lab)
        low = np.where(inside, chroma, low)
        high = np.where(inside, high, chroma)
    return low


@cache
def max_chroma_table(num_lightness: int = 201, num_hues: int = 721) -> NDArray[np.float32]:
    """Tabulate `max_chroma` over L* 0..100 (rows) and hue 0..360 degrees (columns)."""
    lightness = np.linspace(0, 100, num_lightness)[:, None]
    hue = np.linspace(0, 2 * np.pi, num_hues)[None]
    table = max_chroma(lightness, hue).astype(np.float32)
    table.setflags(write=False)
    return table


def reduce_chroma(lab: ArrayLike) -> NDArray[np.floating]:
    """Bring colors inside sRGB at fixed L* and hue.

    Parameters
    ----------
    lab : (..., 3) with L* in [0, 100].

    Returns
    -------
    (..., 3) Lab in the input's float type; colors already inside are returned unchanged.
    """
    mapped = np.array(as_float(lab))
    # Near yellow a ray of chroma leaves sRGB and enters it again: a color beyond is inside too.
    outside = ~_is_inside(mapped)
    lightness, a, b = np.moveaxis(mapped[outside], -1, 0)
    limit = max_chroma(lightness, np.arctan2(b, a))
    scale = np.minimum(1, limit / np.maximum(np.hypot(a, b), 1e-12))
    mapped[outside, 1:] *= scale.astype(mapped.dtype)[:, None]
    return mapped
