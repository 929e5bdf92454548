"""The systems that are compared: trained here under the conditions, or loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from autochrome.data import PhotoStore
from autochrome.errors import UsageError
from autochrome.nn import System
from autochrome.progress import Progress, no_progress
from autochrome.studies.comparison.conditions import BATCH_SIZE, Conditions
from autochrome.train.checkpoint import load_weights
from autochrome.train.config import TrainConfig
from autochrome.train.recorder import CHECKPOINT
from autochrome.train.run import train

_OTHERWISE = "Give the options of the earlier comparison, or choose another folder"


class Contender(NamedTuple):
    """A trained system, in evaluation mode.

    ``log`` is the record of its training; None if it was trained elsewhere.
    """

    name: str
    system: System
    weights: Path
    metadata: dict[str, Any]
    log: Path | None


def load_contender(name: str, weights: Path, log: Path | None = None) -> Contender:
    """Load weights.

    Raises
    ------
    ModelError
        If they cannot be read.
    """
    system, metadata = load_weights(weights)
    return Contender(name, system.eval(), weights, metadata, log)


def train_contender(
    recipe: str,
    conditions: Conditions,
    folder: Path,
    store: Callable[[], PhotoStore],
    progress: Progress = no_progress,
) -> Contender:
    """Load a finished run, go on with an interrupted one, or train from fresh weights.

    Parameters
    ----------
    recipe : its name.
    conditions : equal for all.
    folder : of the run.
    store : gives the photographs; called only if there is something to train.
    progress : reports steps.

    Raises
    ------
    KeyboardInterrupt
        If a signal ended the training; the run can be resumed.
    UsageError
        If the folder holds a run under other conditions.
    """
    config, weights = conditions.config(recipe), folder / "weights.safetensors"
    wanted = conditions.num_steps * BATCH_SIZE
    _check_folder(folder, config)
    log = folder / "log.jsonl"
    contender = load_contender(recipe, weights, log) if weights.exists() else None
    if contender is None or contender.metadata["photographs_seen"] < wanted:
        resume = (folder / CHECKPOINT).exists()
        totals = train(config, store(), folder, conditions.budget, resume=resume, progress=progress)
        if totals.photographs_seen < wanted:
            raise KeyboardInterrupt
        contender = load_contender(recipe, weights, log)
    if contender.metadata["photographs_seen"] != wanted:
        raise UsageError(f"{folder} has seen more than {wanted} photographs", _OTHERWISE)
    return contender


def _check_folder(folder: Path, config: TrainConfig) -> None:
    path = folder / "config.json"
    if not path.exists():
        return
    try:
        earlier = TrainConfig.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{path} is not the config of a run: {error}", _OTHERWISE) from error
    if earlier != config:
        raise UsageError(f"{folder} was trained under other conditions", _OTHERWISE)
