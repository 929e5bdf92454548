"""``autochrome interpret``."""

from __future__ import annotations

from pathlib import Path

import click

from autochrome.cli.labelled import labelled_options, read_labelled
from autochrome.cli.named_weights import named_weights
from autochrome.cli.progress import terminal_progress
from autochrome.cli.torch_device import torch_device, torch_options


@click.command(context_settings={"show_default": True})
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for interpretability.md and .json.",
)
@click.option(
    "--weights",
    "named",
    multiple=True,
    metavar="NAME=PATH",
    help="A system's weights.safetensors; several give several rows.",
)
@labelled_options
@click.option("--side", type=click.IntRange(32), default=64, help="Pixels the classifier sees.")
@click.option(
    "--photographs",
    type=click.IntRange(32),
    default=60_000,
    help="Photographs that the classifier sees in training.",
)
@click.option("--seed", type=int, default=0, help="Of the classifier's training.")
@torch_options
def interpret(
    output: Path,
    named: tuple[str, ...],
    data: tuple[Path, ...],
    validation: tuple[Path, ...],
    labels: str | None,
    limit: int | None,
    side: int,
    photographs: int,
    seed: int,
    threads: int | None,
    device: str,
    quiet: bool,
) -> None:
    """Measure how well a classifier of color photographs reads colorized ones.

    \b
    autochrome interpret -o read --weights lumiere=weights.safetensors \\
        --data train.parquet --validation val.parquet
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.studies import interpretability
    from autochrome.studies.pages import write_results
    from autochrome.train.checkpoint import load_weights
    from autochrome.train.folder import prepare_folder
    from autochrome.train.validation import system_predict

    device = torch_device(device, threads)
    predictors = {
        name: system_predict(load_weights(path)[0].to(device).eval())
        for name, path in named_weights("--weights", named, ("grey", "truth")).items()
    }
    prepare_folder(output)
    training, measured_on = read_labelled(data, validation, labels, limit)
    results = interpretability.interpret(
        predictors,
        training,
        measured_on,
        side=side,
        photographs_seen=photographs,
        seed=seed,
        device=device,
        progress=terminal_progress(quiet=quiet),
    )
    page = interpretability.interpret_page(results)
    write_results(output, "interpretability", page, results.to_json())
    click.echo(page, nl=False)
