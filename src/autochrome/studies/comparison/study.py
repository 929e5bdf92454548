"""Train what is not trained, measure what is not measured, and write it all down."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from autochrome.data import PhotoStore
from autochrome.errors import UsageError
from autochrome.evaluate import Predict, grey
from autochrome.models.manifest import NAME_PATTERN
from autochrome.progress import Progress, no_progress
from autochrome.studies.comparison.claims import judge_claims
from autochrome.studies.comparison.conditions import Conditions
from autochrome.studies.comparison.cost import cost
from autochrome.studies.comparison.curves import write_curves
from autochrome.studies.comparison.folder import claim_conditions, claim_photographs
from autochrome.studies.comparison.measure import Measured, measure, measure_once
from autochrome.studies.comparison.results import Results, Row, this_setting
from autochrome.studies.comparison.sheet import write_sheet
from autochrome.studies.comparison.sweep import sweep
from autochrome.studies.comparison.tables import comparison_page
from autochrome.studies.comparison.training import Contender, load_contender, train_contender
from autochrome.studies.comparison.validation_set import ValidationSet
from autochrome.studies.pages import write_results
from autochrome.train.recipes import load_recipe
from autochrome.train.validation import system_predict

BASELINES = {"grey": grey, "truth": None}


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is compared.

    Parameters
    ----------
    output : folder of the comparison; ``runs`` and ``measured`` in it are what it goes on from.
    conditions : equal for all systems trained.
    systems : recipes to train, or to load if they are.
    loaded : weights trained elsewhere, by a name of their own.
    device : to train and measure on.

    Raises
    ------
    UsageError
        If there is no such recipe, or a name is taken or is no name.
    """

    output: Path
    conditions: Conditions
    systems: Sequence[str]
    loaded: Mapping[str, Path]
    device: torch.device

    def __post_init__(self) -> None:
        for system in self.systems:
            load_recipe(system)
        for name in self.loaded:
            if name in self.systems or name in BASELINES or not re.fullmatch(NAME_PATTERN, name):
                raise UsageError(
                    f"the name {name!r} is taken, or none", "Give these weights another name"
                )


def compare(
    study: Study,
    validation: ValidationSet,
    store: Callable[[], PhotoStore],
    command: str,
    progress: Progress = no_progress,
    *,
    shown: ValidationSet | None = None,
) -> Results:
    """Make the comparison and write it to ``study.output``.

    Leaves ``comparison.md``, ``comparison.json``, ``sheet.jpg`` and ``curves.png``. Stopped at
    any time, it goes on from there when it is called again.

    Parameters
    ----------
    study : what is compared.
    validation : what it is measured on.
    store : gives the training photographs; called only if there is something to train.
    command : the line that made it, for the record.
    progress : reports steps and photographs.
    shown : photographs of the sheet; those of `validation` by default.

    Raises
    ------
    KeyboardInterrupt
        If a signal ended the training.
    UsageError
        If the folder holds a comparison under other conditions, or of systems that learned from
        other photographs.
    OutputError
        If the folder cannot be written to.
    ModelError
        If weights cannot be read.
    """
    claim_conditions(study.output, study.conditions)

    def same_store() -> PhotoStore:
        photographs = store()
        claim_photographs(study.output, photographs)
        return photographs

    contenders = {name: load_contender(name, weights) for name, weights in study.loaded.items()} | {
        name: train_contender(
            name, study.conditions, study.output / "runs" / name, same_store, progress
        )
        for name in study.systems
    }
    for trained in contenders.values():
        trained.system.to(study.device)
    rows = {}
    for name in ["grey", *study.systems, *study.loaded, "truth"]:
        contender = contenders.get(name)
        measured = _measured(study, name, contender, validation, progress)
        rows[name] = Row(measured, contender, cost(contender) if contender else None)
    findings = list(judge_claims({name: row.measured for name, row in rows.items()}))
    setting = this_setting(command, study.device)
    results = Results(study.conditions, setting, validation, rows, findings)
    _write(study.output, results, shown or validation)
    return results


def _predict(name: str, contender: Contender | None) -> Predict | None:
    return system_predict(contender.system) if contender else BASELINES[name]


def _measured(
    study: Study,
    name: str,
    contender: Contender | None,
    validation: ValidationSet,
    progress: Progress,
) -> Measured:
    weights = hashlib.sha256(contender.weights.read_bytes()).hexdigest() if contender else name

    def make() -> Measured:
        measured = measure(_predict(name, contender), validation, name, progress)
        if contender is None:
            return measured
        return measured._replace(sweep=sweep(contender.system, validation, progress))

    return measure_once(study.output / "measured" / f"{name}.json", weights, validation, make)


def _write(output: Path, results: Results, shown: ValidationSet) -> None:
    write_results(output, "comparison", comparison_page(results), results.to_json())
    write_curves(output / "curves.png", results)
    titles = results.titles()
    predicts = {titles[name]: _predict(name, row.contender) for name, row in results.rows.items()}
    write_sheet(output / "sheet.jpg", predicts, shown)
