"""Learning curves of the systems that can be compared by them: those with the same loss."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.nn import SYSTEMS
from autochrome.studies.comparison.training import Contender

_SMOOTHED_SHARE = 0.1  # of a run


class LearningCurve(NamedTuple):
    """Photographs seen (M,) and the loss there (M,), a moving average."""

    photographs_seen: NDArray[np.int64]
    loss: NDArray[np.float64]


def read_records(log: Path) -> Iterator[dict[str, Any]]:
    """Read the records of a run's ``log.jsonl``, without lines that a killed run left half."""
    for line in log.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):
            yield json.loads(line)


def read_learning_curve(log: Path, batch_size: int) -> LearningCurve:
    """Read a run's ``log.jsonl``; empty if nothing is logged."""
    losses: dict[int, float] = {}
    for record in read_records(log):
        # A run that was resumed has logged some steps twice: the later ones count.
        first = record["step"] - len(record.get("losses", [])) + 1
        losses.update(enumerate(record.get("losses", []), first))
    steps = np.array(sorted(losses), dtype=np.int64)
    window = max(1, round(_SMOOTHED_SHARE * len(steps)))
    if not len(steps):
        return LearningCurve(steps, np.empty(0))
    values = np.array([losses[step] for step in steps.tolist()])
    smoothed = np.convolve(values, np.ones(window) / window, mode="valid")
    return LearningCurve(batch_size * steps[window - 1 :], smoothed)


def group_by_loss(contenders: Iterable[Contender]) -> dict[str, list[Contender]]:
    """Group the systems trained here whose head and targets, and so whose loss, are the same.

    Returns
    -------
    Groups of two or more, by a description of the loss.
    """
    groups: dict[str, list[Contender]] = {}
    for contender in contenders:
        if contender.log is not None:
            groups.setdefault(_describe_loss(contender.metadata["recipe"]), []).append(contender)
    return {loss: group for loss, group in groups.items() if len(group) > 1}


def _describe_loss(recipe: dict[str, Any]) -> str:
    head = SYSTEMS[recipe["system"]].head.partition(":")[2]
    return f"{head}, λ = {recipe['uniform_mixing']}, {recipe['num_neighbors']} neighbors"
