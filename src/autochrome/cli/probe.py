"""``autochrome probe``."""

from __future__ import annotations

from pathlib import Path

import click

from autochrome.cli.labelled import labelled_options, read_labelled
from autochrome.cli.progress import terminal_progress
from autochrome.cli.torch_device import torch_device, torch_options


@click.command(context_settings={"show_default": True})
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for probe.md, probe.json and probe.png.",
)
@click.option(
    "--weights",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The network's weights.safetensors.",
)
@labelled_options
@click.option("--side", type=click.IntRange(32), default=96, help="Pixels; a multiple of 16.")
@click.option(
    "--photographs",
    type=click.IntRange(32),
    default=3000,
    help="Photographs that each trained network sees.",
)
@click.option("--seed", type=int, default=0, help="Of weights, order and pasted pictures.")
@torch_options
def probe(
    output: Path,
    weights: Path,
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
    """Measure what a network has learned by coloring: linear probes, few labels, localization.

    \b
    autochrome probe -o probed --weights weights.safetensors \\
        --data train.parquet --validation val.parquet
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.studies.pages import write_results
    from autochrome.studies.probe.drawing import draw_probe
    from autochrome.studies.probe.page import probe_page
    from autochrome.studies.probe.results import ProbeSettings
    from autochrome.studies.probe.study import probe_network
    from autochrome.train.folder import prepare_folder

    settings = ProbeSettings(side=side, photographs_seen=photographs, seed=seed)
    prepare_folder(output)
    training, measured_on = read_labelled(data, validation, labels, limit)
    results = probe_network(
        weights,
        training,
        measured_on,
        settings,
        device=torch_device(device, threads),
        progress=terminal_progress(quiet=quiet),
    )
    page = probe_page(results)
    write_results(output, "probe", page, results.to_json())
    draw_probe(output / "probe.png", results)
    click.echo(page, nl=False)
