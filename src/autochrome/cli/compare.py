"""``autochrome compare``."""

from __future__ import annotations

import os
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.cli.failure import INTERRUPTED, tell
from autochrome.cli.named_weights import named_weights
from autochrome.cli.options import protocol_option
from autochrome.cli.progress import terminal_progress
from autochrome.cli.torch_device import torch_device, torch_options
from autochrome.errors import UsageError

if TYPE_CHECKING:
    from autochrome.data import PhotoStore
    from autochrome.progress import Progress


@click.command(context_settings={"show_default": True})
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the comparison.",
)
@click.option(
    "--data",
    "shards",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Parquet shards to train on, or folders of them; needless once all is trained.",
)
@click.option(
    "--validation",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Shards, or folders, of photographs to measure on.",
)
@click.option(
    "--system",
    "systems",
    multiple=True,
    metavar="NAME",
    show_default="all",
    help="A recipe to train; several give several rows.",
)
@click.option(
    "--load",
    "loads",
    multiple=True,
    metavar="NAME=WEIGHTS",
    help="A weights.safetensors trained elsewhere, as one more row.",
)
@click.option(
    "--photographs",
    type=click.IntRange(min=1),
    default=32_000,
    help="Photographs each system sees in training.",
)
@click.option("--side", type=int, default=64, help="Pixels of the training pictures.")
@click.option("--width", type=float, default=0.25, help="Channels as a share of the papers'.")
@click.option("--seed", type=int, default=0, help="Of weights, order and crops.")
@protocol_option
@click.option(
    "--validation-limit",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="all",
    help="Measure on the first N photographs only.",
)
@click.option(
    "--show",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    show_default="those measured on",
    help="Shards, or folders, of the photographs on the sheet: if others may be published.",
)
@torch_options
def compare(
    output: Path,
    shards: tuple[Path, ...],
    validation: tuple[Path, ...],
    systems: tuple[str, ...],
    loads: tuple[str, ...],
    photographs: int,
    side: int,
    width: float,
    seed: int,
    protocol: str,
    validation_limit: int | None,
    show: tuple[Path, ...],
    threads: int | None,
    device: str,
    quiet: bool,
) -> None:
    """Train systems on equally many photographs and measure them on the same ones.

    OUT then holds comparison.md and .json (tables), sheet.jpg (photographs) and curves.png.
    Ctrl-C stops it; the same command goes on from there, and adding a --system later trains
    and measures that one only.

    \b
    A look at how it works, in some minutes:
    autochrome compare -o smoke --data train/ --validation val.parquet \\
        --photographs 640 --side 32 --validation-limit 24
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    import torch

    from autochrome.evaluate import PROTOCOLS, PhotographSet
    from autochrome.shards import read_photographs
    from autochrome.studies.comparison.conditions import COMPARED, Conditions
    from autochrome.studies.comparison.study import Study
    from autochrome.studies.comparison.study import compare as run_comparison
    from autochrome.studies.comparison.validation_set import load_validation_set
    from autochrome.studies.overlap import refuse_overlap
    from autochrome.train.folder import prepare_folder

    study = Study(
        output=output,
        conditions=Conditions(photographs_seen=photographs, side=side, width=width, seed=seed),
        systems=tuple(dict.fromkeys(systems)) or COMPARED,
        loaded=named_weights("--load", loads),
        device=torch.device(torch_device(device, threads)),
    )
    prepare_folder(output)
    progress = terminal_progress(quiet=quiet)
    measured_on = load_validation_set(validation, PROTOCOLS[protocol], validation_limit)
    shown = load_validation_set(show, PROTOCOLS[protocol], None) if show else None
    command = shlex.join(["autochrome", *sys.argv[1:]])

    @cache
    def store() -> PhotoStore:
        if not shards:
            raise UsageError("there are systems to train", "Give --data with training shards")
        held_out = PhotographSet(validation, validation_limit)
        refuse_overlap(read_photographs(shards), held_out.encoded())
        return _load_store(shards, study.device.type, progress)

    try:
        run_comparison(study, measured_on, store, command, progress, shown=shown)
    except KeyboardInterrupt:
        tell(f"\nStopped; nothing done is lost. To go on:\n{command}")
        raise click.exceptions.Exit(INTERRUPTED) from None
    if not quiet:
        tell(f"Compared: {output / 'comparison.md'}")


def _load_store(shards: tuple[Path, ...], device: str, progress: Progress) -> PhotoStore:
    from autochrome.data import load_store

    return load_store(shards, num_threads=os.cpu_count() or 1, progress=progress).to(device)
