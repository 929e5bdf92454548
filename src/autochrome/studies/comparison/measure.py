"""Measure one system in one pass over the photographs, or recall what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome import __version__
from autochrome.atomic import atomic_path
from autochrome.evaluate import (
    COLUMNS,
    Column,
    Estimate,
    Predict,
    Report,
    answers,
    bootstrap_difference,
)
from autochrome.evaluate import estimate as estimate_metric
from autochrome.evaluate import measure as measure_photograph
from autochrome.progress import Progress, no_progress
from autochrome.studies.comparison.colors import (
    count_colors,
    mean_class_recall_parts,
    rare_recall_parts,
    recall_by_rarity,
)
from autochrome.studies.comparison.sweep import SweepPoint
from autochrome.studies.comparison.validation_set import ValidationSet

COLOR_COLUMNS = {
    "mean_chroma": Column("mean chroma", 2),
    "rare_recall": Column("recall of rare colors %", 2),
    "mean_class_recall": Column("mean recall of classes %", 2),
}
"""What a comparison measures beside `evaluate.COLUMNS`."""

_EDITION = 1  # to be raised when the same weights would be measured, or written, otherwise


class Measured(NamedTuple):
    """What was measured of one system.

    ``parts`` (N, 2) of each metric: what each photograph adds to its numerator and
    denominator; ``metrics`` estimated from them, None if no photograph has what one weighs;
    ``chroma_counts`` pixels by `colors.CHROMA_EDGES`; ``recall_by_rarity``; ``sweep`` of
    temperatures, empty for a system without one.
    """

    parts: dict[str, NDArray[np.float64]]
    metrics: dict[str, Estimate | None]
    chroma_counts: list[int]
    recall_by_rarity: list[tuple[float, float, float | None]]
    sweep: list[SweepPoint]

    def report(self, validation: ValidationSet) -> Report:
        """Return the metrics of `evaluate.COLUMNS`."""
        known = {name: metric for name in COLUMNS if (metric := self.metrics[name])}
        return Report(validation.protocol, len(validation.photographs), known)

    def difference(self, other: Measured, metric: str) -> Estimate | None:
        """Estimate by how much a metric is higher than the other's, photographs paired."""
        mine, others = self.parts[metric].T, other.parts[metric].T
        if not mine[1].any():
            return None
        return bootstrap_difference(*mine, *others)


def measure(
    predict: Predict | None,
    validation: ValidationSet,
    name: str,
    progress: Progress = no_progress,
) -> Measured:
    """Measure a system, its sweep apart; None measures the truth."""
    parts, colors = [], []
    photographs = progress(
        list(validation.photographs),
        total=len(validation.photographs),
        description=f"Measuring {name}",
    )
    for answer in answers(predict, photographs, validation.protocol):
        parts.append(measure_photograph(answer))
        colors.append(count_colors(answer.ab, answer.true_lab[..., 1:]))
    pixels, hits = np.array([c.pixels for c in colors]), np.array([c.hits for c in colors])
    by_metric = {name: np.array([part[name] for part in parts]) for name in COLUMNS}
    by_metric["mean_chroma"] = np.array([(c.mean_chroma, 1.0) for c in colors])
    by_metric["rare_recall"] = rare_recall_parts(pixels, hits)
    by_metric["mean_class_recall"] = mean_class_recall_parts(pixels, hits)
    return Measured(
        by_metric,
        {name: estimate(name, part) for name, part in by_metric.items()},
        np.sum([c.chroma_counts for c in colors], axis=0).tolist(),
        recall_by_rarity(pixels.sum(axis=0), hits.sum(axis=0)),
        [],
    )


def estimate(metric: str, parts: NDArray[np.float64]) -> Estimate | None:
    """Estimate a metric of its parts (N, 2); None if no photograph has what it weighs."""
    return estimate_metric(metric, parts) if parts[:, 1].any() else None


def measure_once(
    path: Path, weights: str, validation: ValidationSet, make: Callable[[], Measured]
) -> Measured:
    """Recall what an earlier comparison has measured, or measure and write it down.

    Parameters
    ----------
    path : the JSON file to keep it in.
    weights : hash of what is measured.
    validation : on what.
    make : measures.
    """
    key = {
        "version": __version__,
        "edition": _EDITION,
        "weights": weights,
        "protocol": validation.protocol.name,
        "photographs": validation.sha256,
    }
    recorded = _read(path)
    if recorded and recorded["key"] == key:
        return _from_json(recorded)
    measured = make()
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"key": key, **_to_json(measured)}), encoding="utf-8")
    return measured


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _to_json(measured: Measured) -> dict[str, Any]:
    return {
        **measured._asdict(),
        "parts": {name: part.tolist() for name, part in measured.parts.items()},
        "metrics": {name: metric and list(metric) for name, metric in measured.metrics.items()},
        "sweep": [point._asdict() for point in measured.sweep],
    }


def _from_json(values: dict[str, Any]) -> Measured:
    return Measured(
        {name: np.array(part) for name, part in values["parts"].items()},
        {name: metric and Estimate(*metric) for name, metric in values["metrics"].items()},
        values["chroma_counts"],
        [(above, below, recall) for above, below, recall in values["recall_by_rarity"]],
        [SweepPoint(**point) for point in values["sweep"]],
    )
