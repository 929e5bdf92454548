"""What the temperature of the annealed mean does: from the mode, near 0, to the mean, at 1.

Source: Zhang, Isola, Efros 2016, section 2.3 and figure 4.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from autochrome.color.encoding import TEMPERATURE
from autochrome.evaluate import Answer, answers
from autochrome.evaluate.join import join
from autochrome.metrics import auc_sums, class_probabilities, colorfulness
from autochrome.nn import System
from autochrome.progress import Progress, no_progress
from autochrome.studies.comparison.validation_set import ValidationSet
from autochrome.train.validation import system_predict

NUM_PHOTOGRAPHS = 200
_MODE = 1e-3
TEMPERATURES = (_MODE, 0.1, 0.2, TEMPERATURE, 0.6, 0.8, 1.0)


class SweepPoint(NamedTuple):
    """A temperature and the metrics of the decoded colors."""

    temperature: float
    auc: float
    auc_rebalanced: float
    colorfulness: float
    mean_chroma: float


def has_temperature(system: System) -> bool:
    """Whether the head's decoder anneals: it takes a temperature."""
    return "temperature" in inspect.signature(system.head.decode).parameters


def sweep(
    system: System, validation: ValidationSet, progress: Progress = no_progress
) -> list[SweepPoint]:
    """Measure the first photographs at each temperature; nothing if there is none to choose."""
    if not has_temperature(system):
        return []
    decode: Callable[..., Tensor] = system.head.decode
    photographs = list(validation.photographs[:NUM_PHOTOGRAPHS])
    points = []
    for temperature in progress(TEMPERATURES, total=len(TEMPERATURES), description="temperatures"):
        predict = system_predict(system, partial(decode, temperature=temperature))
        measured = [_measure(a) for a in answers(predict, photographs, validation.protocol)]
        sums = np.sum(measured, axis=0)
        points.append(
            SweepPoint(
                temperature,
                float(100 * sums[0] / sums[1]),
                float(100 * sums[2] / sums[3]),
                float(sums[4] / len(measured)),
                float(sums[5] / len(measured)),
            )
        )
    return points


def _measure(answer: Answer) -> NDArray[np.float64]:
    ab, true_lab = answer.ab, answer.true_lab
    return np.array(
        [
            *auc_sums(ab, true_lab[..., 1:]),
            *auc_sums(ab, true_lab[..., 1:], class_probabilities()),
            colorfulness(join(true_lab[..., 0], ab)),
            np.hypot(ab[..., 0], ab[..., 1]).mean(),
        ]
    )
