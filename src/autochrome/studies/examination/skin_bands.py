"""Skin summed up over photographs, by band of L*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.evaluate import Estimate
from autochrome.evaluate.bootstrap import bootstrap
from autochrome.studies.examination.skin import BANDS, COLUMNS

SKIN_FIGURES = {
    "chroma_ratio": ("predicted_chroma", "true_chroma"),
    "chroma_error": ("chroma_error", "pixels"),
    "absolute_chroma_error": ("absolute_chroma_error", "pixels"),
    "hue_error": ("hue_error", "hue_pixels"),
    "absolute_hue_error": ("absolute_hue_error", "hue_pixels"),
    "bleached": ("bleached", "pixels"),
    "skin_colored": ("skin_colored", "pixels"),
}
"""Each is the ratio of two sums of `skin.COLUMNS`."""


@dataclass(frozen=True)
class SkinBand:
    """The skin of one band of L*; `figures` are those of `SKIN_FIGURES` and what has any."""

    band: str
    num_photographs: int
    num_pixels: int
    figures: dict[str, Estimate]

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes."""
        figures = {name: value._asdict() for name, value in self.figures.items()}
        return {
            "lightness": self.band,
            "num_photographs": self.num_photographs,
            "num_pixels": self.num_pixels,
            **figures,
        }


def skin_bands(sums: Sequence[NDArray[np.float64]]) -> list[SkinBand]:
    """Sum up photographs, (bands, COLUMNS) each, by band; the last row is all bands."""
    by_photograph = np.stack(sums)
    names = [f"{low} to {high}" for low, high in pairwise(BANDS)]
    bands = [_skin_band(name, by_photograph[:, i]) for i, name in enumerate(names)]
    return [*bands, _skin_band("all", by_photograph.sum(axis=1))]


def _skin_band(name: str, sums: NDArray[np.float64]) -> SkinBand:
    columns = dict(zip(COLUMNS, sums.T, strict=True))
    pixels = columns["pixels"]
    figures = {
        figure: bootstrap(columns[numerator], columns[denominator])
        for figure, (numerator, denominator) in SKIN_FIGURES.items()
        if columns[denominator].any()
    }
    return SkinBand(name, int((pixels > 0).sum()), int(pixels.sum()), figures)
