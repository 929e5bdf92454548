"""``autochrome examine``: how is a model best decoded, and where does it fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.cli.options import measured_options
from autochrome.cli.progress import terminal_progress

if TYPE_CHECKING:
    from autochrome.pipeline.session import Device


@click.command(context_settings={"show_default": True})
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for tables, the plot and the contact sheets.",
)
@click.option("--model", required=True, help="A name ('autochrome models') or a folder.")
@measured_options
@click.option(
    "--skin-source",
    "skin_sources",
    multiple=True,
    metavar="SOURCE",
    show_default="known collections of faces",
    help="A collection of faces, in which skin is measured; may be repeated.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="all cores",
    help="Photographs at work at a time.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def examine(
    output: Path,
    model: str,
    data: tuple[Path, ...],
    protocol: str,
    limit: int | None,
    skin_sources: tuple[str, ...],
    threads: int,
    device: Device,
    quiet: bool,
) -> None:
    """Look closely at a model: how it is best decoded, what it does to skin, where it fails.

    \b
    autochrome examine -o examined --model lumiere --data val.parquet
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.cli.left_out import tell_left_out
    from autochrome.evaluate import PROTOCOLS, PhotographSet
    from autochrome.pipeline import Colorizer
    from autochrome.studies.examination.decode_page import decode_page
    from autochrome.studies.examination.skin import SKIN_SOURCES
    from autochrome.studies.examination.skin_page import skin_page
    from autochrome.studies.examination.study import write_examination

    photographs = PhotographSet(data, limit)
    results = write_examination(
        output,
        Colorizer.open(model, device=device, num_threads=1),
        photographs,
        PROTOCOLS[protocol],
        skin_sources=skin_sources or SKIN_SOURCES,
        num_threads=threads,
        progress=terminal_progress(quiet=quiet),
    )
    click.echo(f"{decode_page(results)}\n{skin_page(results)}", nl=False)
    if not quiet:
        tell_left_out(photographs.left_out())
