"""``autochrome train``."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.cli.progress import terminal_progress
from autochrome.cli.torch_device import torch_device
from autochrome.errors import UsageError

if TYPE_CHECKING:
    from autochrome.train.recorder import Validate


@click.command()
@click.argument("recipe")
@click.option(
    "--data",
    "shards",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Parquet shards, or folders of them (see 'autochrome data pack').",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder of the run [runs/RECIPE]."
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Length of the run, resumed parts included.",
)
@click.option("--steps", type=click.IntRange(min=1), help="The same in steps.")
@click.option(
    "--decay",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Last share of the run over which the learning rate falls to zero; ends a release.",
)
@click.option(
    "--init",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Start from weights.safetensors (lumiere_distilled, lumiere_robust: with --resume, too).",
)
@click.option(
    "--teacher",
    "teachers",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Learn from the network of this weights.safetensors, or of this exported model, too "
    "(lumiere_distilled, lumiere_robust).",
)
@click.option("--resume", is_flag=True, help="Go on exactly from the run's checkpoint.")
@click.option(
    "--validation",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Shards to measure on while training (protocol 'shards').",
)
@click.option(
    "--max-file-mib",
    type=click.IntRange(min=1),
    help="Keep the checkpoint in files of at most so many MiB.",
)
@click.option("--validation-limit", type=click.IntRange(min=1), default=512, show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Use only so many photographs.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads [all cores].")
def train(
    recipe: str,
    shards: tuple[Path, ...],
    output: Path | None,
    minutes: float | None,
    steps: int | None,
    decay: float,
    init: Path | None,
    teachers: tuple[Path, ...],
    resume: bool,
    validation: tuple[Path, ...],
    max_file_mib: int | None,
    validation_limit: int,
    limit: int | None,
    device: str,
    threads: int | None,
) -> None:
    """Train RECIPE (lumiere, zhang2016, ...) on Parquet shards of photographs.

    Ctrl-C stops after the current step; the run's folder then holds usable weights and a
    checkpoint to go on from. Start it with torchrun to use several processes or machines.
    """
    import torch

    from autochrome.data import load_store
    from autochrome.train.config import Budget
    from autochrome.train.folder import prepare_folder
    from autochrome.train.recipes import load_recipe
    from autochrome.train.run import train as run_training
    from autochrome.train.start import check_start

    config = load_recipe(recipe)
    if minutes is None and steps is None:
        raise UsageError("how long?", "Give --minutes, --steps, or both")
    budget = Budget(steps=steps, minutes=minutes, decay=decay)
    folder = output or Path("runs") / recipe
    check_start(config, folder, init=init, teachers=teachers, resume=resume)
    if threads:
        torch.set_num_threads(threads)
    # Of the processes of a run, one talks.
    is_first = os.environ.get("RANK", "0") == "0"
    if is_first:
        prepare_folder(folder)
    tell = partial(click.echo, err=True) if is_first else _keep_quiet
    progress = terminal_progress(quiet=not is_first)
    store = load_store(shards, limit=limit, num_threads=os.cpu_count() or 1, progress=progress).to(
        torch_device(device)
    )
    tell(f"{len(store)} photographs, {store.skipped} near-grey left out")
    totals = run_training(
        config,
        store,
        folder,
        budget,
        init=init,
        teachers=teachers,
        resume=resume,
        validate=_validation(validation, validation_limit),
        max_file_mib=max_file_mib,
        progress=progress,
    )
    tell(
        f"{totals.photographs_seen} photographs seen in {totals.minutes:.1f} minutes: "
        f"{folder / 'weights.safetensors'}"
    )


def _keep_quiet(_: str) -> None:
    pass


def _validation(shards: tuple[Path, ...], limit: int) -> Validate | None:
    if not shards:
        return None
    from autochrome.train.validation import validate

    return lambda system: validate(system, shards, limit)
