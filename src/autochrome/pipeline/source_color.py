"""Whether a photograph is in color already.

A toned photograph (sepia, cyanotype, selenium, a yellowed print) has chroma, but at each
lightness only one color. A color photograph has several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

IN_COLOR = "in color already"

_NOTICED = 5.0  # chroma that compression and a slight cast do not reach
_UNEVEN = 0.3  # of its chroma: how far a tone may stray where a print is stained or compressed
_PERCENTILE = 95
_NUM_LEVELS = 20  # of L*, each with a tone of its own: shadows and lights may differ in hue


@dataclass(frozen=True)
class SourceColor:
    """How colored a photograph was before.

    Parameters
    ----------
    kind : "gray", "toned" (one color at each lightness) or "color".
    chroma : 95th percentile over the pixels, in CIELAB units.
    spread : the same of their distance in ab from the one tone that fits best.
    """

    kind: Literal["gray", "toned", "color"]
    chroma: float
    spread: float


def measure_color(lab: NDArray[np.float32]) -> SourceColor:
    """Measure how colored a photograph is from a small version of it, Lab (h, w, 3)."""
    pixels = lab.reshape(-1, 3).astype(np.float64)
    ab = pixels[:, 1:]
    chroma = _size(ab)
    spread = _size(ab - _tone(pixels[:, 0], ab))
    kind: Literal["gray", "toned", "color"] = "color"
    if chroma < _NOTICED:
        kind = "gray"
    elif spread < max(_NOTICED, _UNEVEN * chroma):
        kind = "toned"
    return SourceColor(kind, round(chroma, 2), round(spread, 2))


def _tone(lightness: NDArray[np.float64], ab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average ab (N, 2) over pixels of about the same L* (N,)."""
    level = np.clip(lightness * _NUM_LEVELS / 100, 0, _NUM_LEVELS - 1).astype(np.intp)
    count = np.maximum(np.bincount(level, minlength=_NUM_LEVELS), 1)
    tone = [np.bincount(level, band, _NUM_LEVELS) / count for band in ab.T]
    return np.stack(tone, axis=-1)[level]


def _size(ab: NDArray[np.float64]) -> float:
    return float(np.percentile(np.hypot(ab[:, 0], ab[:, 1]), _PERCENTILE))
