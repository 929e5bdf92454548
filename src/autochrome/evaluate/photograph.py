"""Measure what was predicted for one photograph, and combine the photographs' parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb8_to_lab
from autochrome.evaluate.bootstrap import Estimate, bootstrap
from autochrome.evaluate.join import join
from autochrome.metrics import (
    auc_sums,
    ciede2000,
    class_probabilities,
    colorfulness,
    psnr,
    ssim,
)

PSNR_CEILING = 100.0
"""What a picture without any error counts for: one of them must not make a mean infinite."""


class Answer(NamedTuple):
    """A predicted ab (H, W, 2) beside the photograph: its Lab and sRGB, (H, W, 3) each."""

    ab: NDArray[np.float32]
    true_lab: NDArray[np.float32]
    true_rgb: NDArray[np.uint8]


class Part(NamedTuple):
    """What a photograph adds to a metric's numerator and denominator."""

    sum: float
    weight: float = 1.0


def measure(answer: Answer, *, structure: bool = True) -> dict[str, Part]:
    """Measure one photograph; the names are those of `report.COLUMNS`.

    Without `structure` SSIM, which is half of the work, is left out.
    """
    ab, true_lab, true_rgb = answer
    true_ab = true_lab[..., 1:]
    rgb = join(true_lab[..., 0], ab)
    lab = rgb8_to_lab(rgb)
    predicted_colorfulness, true_colorfulness = colorfulness(rgb), colorfulness(true_rgb)
    return {
        "auc": _percent(*auc_sums(ab, true_ab)),
        "auc_rebalanced": _percent(*auc_sums(ab, true_ab, class_probabilities())),
        "psnr": Part(min(PSNR_CEILING, psnr(rgb, true_rgb))),
        **({"ssim": Part(ssim(rgb, true_rgb))} if structure else {}),
        "ciede2000": Part(float(ciede2000(lab, true_lab).mean())),
        "colorfulness": Part(predicted_colorfulness),
        "true_colorfulness": Part(true_colorfulness),
        "colorfulness_difference": Part(predicted_colorfulness - true_colorfulness),
    }


def estimate(metric: str, parts: NDArray[np.float64]) -> Estimate:
    """Combine the photographs' parts (N, 2) into a metric."""
    sums, weights = parts.T
    return bootstrap(sums, weights, absolute=metric == "colorfulness_difference")


def _percent(hits: float, weight: float) -> Part:
    return Part(100 * hits, weight)
