"""Run a model over photographs and measure what it predicts.

AuC compares the predicted ab with the true ab. The other metrics compare the picture that
the true lightness and the predicted ab make, in 8-bit sRGB, with the photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb8_to_lab
from autochrome.errors import ModelError, UsageError
from autochrome.evaluate.condition import CLEAN, Condition
from autochrome.evaluate.photograph import Answer, estimate, measure
from autochrome.evaluate.protocol import Protocol
from autochrome.evaluate.report import Report
from autochrome.progress import Progress, no_progress

Predict: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Lightness (H, W) in [0, 100] to ab (H, W, 2) in CIELAB units."""


def evaluate(
    predict: Predict,
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    condition: Condition = CLEAN,
    *,
    progress: Progress = no_progress,
) -> Report:
    """Measure a model.

    Parameters
    ----------
    predict : lightness (H, W) float32 in [0, 100] to ab (H, W, 2) float32.
    photographs : (H, W, 3) uint8 sRGB each.
    protocol : how to prepare them.
    condition : the state in which the model sees them; truth and metrics stay those of the
        clean photograph, and so does the lightness that the predicted ab is joined with.
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
    answered = answers(predict, photographs, protocol, condition, progress=progress)
    return _report(answered, protocol, condition)


def evaluate_truth(
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    condition: Condition = CLEAN,
    *,
    progress: Progress = no_progress,
) -> Report:
    """Measure the photographs' own ab, as if a model had predicted it; see `evaluate`.

    It is the same in every condition.
    """
    answered = answers(None, photographs, protocol, condition, progress=progress)
    return _report(answered, protocol, condition)


def answers(
    predict: Predict | None,
    photographs: Iterable[NDArray[np.uint8]],
    protocol: Protocol,
    condition: Condition = CLEAN,
    *,
    progress: Progress = no_progress,
) -> Iterator[Answer]:
    """Let a model answer photographs, one by one; None answers with their own ab.

    The arguments and errors are those of `evaluate`.
    """
    total = length_hint(photographs) or None
    watched = progress(photographs, total=total, description=protocol.name)
    for position, photograph in enumerate(watched):
        rgb = protocol.prepare(photograph)
        lab = rgb8_to_lab(rgb)
        ab = predict(condition.show(rgb, position)) if predict else lab[..., 1:]
        yield Answer(_checked(ab, lab), lab, rgb)


def _report(answers: Iterable[Answer], protocol: Protocol, condition: Condition) -> Report:
    parts = [measure(answer) for answer in answers]
    if not parts:
        raise UsageError("there is no photograph to measure")
    metrics = {name: estimate(name, np.array([part[name] for part in parts])) for name in parts[0]}
    return Report(protocol, len(parts), metrics, condition)


def _checked(ab: NDArray[np.float32], lab: NDArray[np.float32]) -> NDArray[np.float32]:
    expected = (*lab.shape[:2], 2)
    if ab.shape != expected:
        raise ModelError(f"the model predicted ab of shape {ab.shape}, expected {expected}")
    if not np.isfinite(ab).all():
        raise ModelError("the model predicted ab that is not finite")
    return ab
