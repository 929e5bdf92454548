"""``autochrome data``."""

from __future__ import annotations

from pathlib import Path

import click

from autochrome.errors import BatchError, UnreadablePhotoError


@click.group()
def data() -> None:
    """Prepare photographs for training."""


@data.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the shards; missing or empty.",
)
@click.option("--short-side", type=click.IntRange(min=64), default=144, show_default=True)
def pack(folder: Path, output: Path, short_side: int) -> None:
    """Pack the photographs below FOLDER into Parquet shards, reduced to a short side."""
    from autochrome.shards import count_photographs, pack_folder

    shards, failures = pack_folder(folder, output, short_side)
    if shards:
        packed = count_photographs(shards)
        click.echo(f"{packed} photographs in {len(shards)} shards in {output}", err=True)
    for failure in failures:
        click.echo(f"left out: {failure}", err=True)
    if not shards:
        raise UnreadablePhotoError(
            f"none of the {len(failures)} photographs in {folder} could be read; nothing is packed"
        )
    if failures:
        raise BatchError(f"{len(failures)} files could not be read; the others are packed")
