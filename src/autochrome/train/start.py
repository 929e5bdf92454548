"""What forbids a run, and weights to begin it with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autochrome.errors import UsageError
from autochrome.nn import System
from autochrome.nn.heads.scene_regression import SceneRegression
from autochrome.train.config import TrainConfig
from autochrome.train.distillation import check_teacher
from autochrome.train.recorder import CHECKPOINT


def check_start(
    config: TrainConfig,
    output: Path,
    *,
    init: Path | None = None,
    teachers: Sequence[Path] = (),
    resume: bool = False,
) -> None:
    """Tell what forbids a run, before photographs are decoded for it.

    Raises
    ------
    UsageError
        If `output` already holds a run and `resume` is not set, or the recipe asks for teachers or
        weights to start from and there are none, or teachers are given to one that has no use
        for them, or a folder given as one is not that of a model that can teach.
    ModelError
        If such a model is damaged.
    """
    # Not Path.exists: a name that cannot be raises there; making the folder tells it better.
    if os.path.exists(output / CHECKPOINT) and not resume:  # noqa: PTH110
        raise UsageError(f"{output} already holds a run", "Add --resume, or choose another folder")
    needs_init = config.initial_share or (config.freeze_batch_norm and not resume)
    if needs_init and not init:
        raise UsageError(
            f"the recipe {config.recipe} goes on from weights", "Give them with --init"
        )
    check_teachers(config, teachers)
    for path in teachers:
        check_teacher(path)


def check_teachers(config: TrainConfig, teachers: Sequence[Path]) -> None:
    """Refuse teachers where a recipe has no use for them, and none where it has."""
    if bool(teachers) != bool(config.distillation):
        raise UsageError(
            f"the recipe {config.recipe} learns "
            + ("without teachers" if teachers else "from teachers"),
            "Leave --teacher out" if teachers else "Give their weights, or models, with --teacher",
        )


def check_init(
    init: Path,
    metadata: dict[str, Any],
    system: System,
    config: TrainConfig,
    classes: tuple[str, ...],
) -> None:
    """Refuse weights to start from that are not those of the recipe's network.

    Parameters
    ----------
    init, metadata, system : the file of the weights, and what is in it.
    config : the recipe.
    classes : the labels of the photographs.

    Raises
    ------
    UsageError
        If they are of another system, of another width, or tell other classes apart.
    """
    if metadata["system"] != config.system:
        raise UsageError(f"{init} holds {metadata['system']}, not {config.system}")
    width = metadata["recipe"].get("width", 1.0)
    if width != config.width:
        raise UsageError(
            f"{init} has {width:g} of its paper's channels, this recipe {config.width:g}",
            "Start from weights of the same width",
        )
    # Weights of a time before they told of classes do not say.
    if learns_classes(system) and tuple(metadata.get("classes", classes)) != classes:
        raise UsageError(
            f"{init} learned other labels than these photographs have",
            "Give photographs with the labels that it learned",
        )


def learns_classes(system: System) -> bool:
    """Tell whether a system learns what photographs show; to others labels mean nothing."""
    return isinstance(system.head, SceneRegression)
