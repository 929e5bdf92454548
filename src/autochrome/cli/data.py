"""``autochrome data``."""

from __future__ import annotations

from pathlib import Path

import click

from autochrome.cli.words import count
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
    from autochrome.cli.left_out import tell_left_out
    from autochrome.shards import count_photographs, pack_folder
    from autochrome.shards.folder import other_files

    shards, failures = pack_folder(folder, output, short_side)
    if shards:
        packed = count(count_photographs(shards), "photograph")
        click.echo(f"{packed} in {count(len(shards), 'shard')} in {output}", err=True)
    tell_left_out(other_files(folder))
    for failure in failures:
        click.echo(f"left out: {failure}", err=True)
    if not shards:
        raise UnreadablePhotoError(
            f"{count(len(failures), 'photograph')} in {folder}, of which none could be read; "
            "nothing is packed"
        )
    if failures:
        raise BatchError(f"{count(len(failures), 'file')} could not be read; the others are packed")
