"""Run a model over photographs and measure what it predicts.

AuC compares the predicted ab with the true ab. The other metrics compare the picture that
the true lightness and the predicted ab make, in 8-bit sRGB, with the photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import length_hint
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb_to_lab
from autochrome.errors import ModelError, UsageError
from autochrome.evaluate.bootstrap import Estimate, bootstrap
from autochrome.evaluate.join import join
from autochrome.evaluate.protocol import Protocol
from autochrome.evaluate.report import Report
from autochrome.metrics import (
    auc_sums,
    ciede2000,
    class_probabilities,
    colorfulness,
    psnr,
    ssim,
)
from autochrome.progress import Progress, no_progress

Predict: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Lightness (H, W) in [0, 100] to ab (H, W, 2) in CIELAB units."""

PSNR_CEILING = 100.0
"""What a picture without any error counts for: one of them must not make a mean infinite."""


def evaluate(
    predict: Predict,
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    *,
    progress: Progress = no_progress,
) -> Report:
    """Measure a model.

    Parameters
    ----------
    predict : lightness (H, W) float32 in [0, 100] to ab (H, W, 2) float32.
    photographs : (H, W, 3) uint8 sRGB each.
    protocol : how to prepare them.
    progress : shows how far it has come.

    Returns
    -------
    Every metric with its 95 % bootstrap interval over photographs. AuC and rebalanced AuC
    are over the pixels of the whole set, the others means over photographs. PSNR counts at
    most 100 dB a photograph. The colorfulness difference is between the two means.

    Raises
    ------
    UsageError
        If there is no photograph, or one is not (H, W, 3) uint8.
    ModelError
        If `predict` returns the wrong shape, or values that are not finite.
    """
    return _evaluate(lambda lab: predict(lab[..., 0].copy()), photographs, protocol, progress)


def evaluate_truth(
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    *,
    progress: Progress = no_progress,
) -> Report:
    """Measure the photographs' own ab, as if a model had predicted it; see `evaluate`."""
    return _evaluate(lambda lab: lab[..., 1:], photographs, protocol, progress)


class _Part(NamedTuple):
    """What a photograph adds to a metric's numerator and denominator."""

    sum: float
    weight: float = 1.0


def _evaluate(
    predict_from_lab: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    progress: Progress,
) -> Report:
    parts: list[dict[str, _Part]] = []
    total = length_hint(photographs) or None
    for photograph in progress(photographs, total=total, description=protocol.name):
        rgb = protocol.prepare(photograph)
        lab = rgb_to_lab(rgb.astype(np.float32) / 255).astype(np.float32)
        ab = _checked(predict_from_lab(lab), lab)
        parts.append(_measure(ab, lab, rgb))
    if not parts:
        raise UsageError("there is no photograph to measure")
    return Report(protocol, len(parts), _estimate(parts))


def _checked(ab: NDArray[np.float32], lab: NDArray[np.float32]) -> NDArray[np.float32]:
    expected = (*lab.shape[:2], 2)
    if ab.shape != expected:
        raise ModelError(f"the model predicted ab of shape {ab.shape}, expected {expected}")
    if not np.isfinite(ab).all():
        raise ModelError("the model predicted ab that is not finite")
    return ab


def _measure(
    ab: NDArray[np.float32], true_lab: NDArray[np.float32], true_rgb: NDArray[np.uint8]
) -> dict[str, _Part]:
    """Measure one photograph."""
    true_ab = true_lab[..., 1:]
    rgb = join(true_lab[..., 0], ab)
    lab = rgb_to_lab(rgb.astype(np.float32) / 255)
    predicted_colorfulness, true_colorfulness = colorfulness(rgb), colorfulness(true_rgb)
    return {
        "auc": _percent(*auc_sums(ab, true_ab)),
        "auc_rebalanced": _percent(*auc_sums(ab, true_ab, class_probabilities())),
        "psnr": _Part(min(PSNR_CEILING, psnr(rgb, true_rgb))),
        "ssim": _Part(ssim(rgb, true_rgb)),
        "ciede2000": _Part(float(ciede2000(lab, true_lab).mean())),
        "colorfulness": _Part(predicted_colorfulness),
        "true_colorfulness": _Part(true_colorfulness),
        "colorfulness_difference": _Part(predicted_colorfulness - true_colorfulness),
    }


def _percent(hits: float, weight: float) -> _Part:
    return _Part(100 * hits, weight)


def _estimate(parts: list[dict[str, _Part]]) -> dict[str, Estimate]:
    """Combine the photographs' parts into metrics."""
    estimates = {}
    for name in parts[0]:
        sums, weights = np.array([part[name] for part in parts]).T
        estimates[name] = bootstrap(sums, weights, absolute=name == "colorfulness_difference")
    return estimates
