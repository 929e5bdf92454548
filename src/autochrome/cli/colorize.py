"""``autochrome colorize``: photographs in, color photographs out."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from autochrome.cli.log import start_logging
from autochrome.cli.options import (
    batch_options,
    color_options,
    file_options,
    hint_options,
    run_options,
)
from autochrome.cli.stream import STREAM
from autochrome.cli.variables import given_here

if TYPE_CHECKING:
    from pathlib import Path

    from autochrome.cli.batch import Run
    from autochrome.pipeline import Hint

_LOSSLESS = frozenset({".png", ".tif", ".tiff"})


@click.command(context_settings={"show_default": True})
@click.argument("photos", nargs=-1, metavar="PHOTO...")
@batch_options
@color_options
@hint_options
@file_options
@run_options
def colorize(
    photos: tuple[str, ...],
    verbose: int,
    hints: tuple[str, ...],
    hints_file: Path | None,
    **given: Any,
) -> None:
    """Colorize photos, folders and 'patterns' of photos; - reads from stdin.

    \b
    autochrome colorize old.jpg                     writes old.color.jpg
    autochrome colorize old.jpg -o new.png
    autochrome colorize -r scans/ -o colorized/     keeps sub-folders
    autochrome colorize 'scans/**/19*.tif' -o colorized/
    find scans -mtime -1 -print0 | autochrome colorize -0 --files-from - -o colorized/
    autochrome colorize -r s3://old/ -o s3://new/   the same in a storage far away
    autochrome colorize --watch inbox/ -o colorized/
    autochrome colorize - < old.jpg > new.jpg

    A run that writes into a folder keeps a journal there. The same command, given again after
    whatever has stopped it, does only what is left. Outputs that were made from other
    photos or with other options count as existing: see --overwrite.
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.cli.batch import Run, colorize_batch
    from autochrome.cli.stream import colorize_one
    from autochrome.cli.watch import watch_folder
    from autochrome.pipeline import ColorizeOptions

    if not photos and given["files_from"] is None:
        raise click.UsageError("Name photos, or use --files-from.")
    start_logging(verbose)
    about_color = {field.name for field in fields(ColorizeOptions)} & given.keys()
    options = ColorizeOptions(
        **{name: given.pop(name) for name in about_color}, hints=_read_hints(hints, hints_file)
    )
    run = Run(photos=photos, **given)
    _refuse_idle_quality(run)
    run.check(options)
    if STREAM in (*photos, run.output):
        colorize_one(run, options)
    elif run.watch:
        watch_folder(run, options)
    else:
        colorize_batch(run, options)


def _refuse_idle_quality(run: Run) -> None:
    """Refuse a quality that would change nothing, where the format is settled for all outputs.

    The files of a folder may be of many formats.

    Raises
    ------
    UsageError
        If one was typed.
    """
    from autochrome.batch import is_output_folder
    from autochrome.batch.storage import location
    from autochrome.errors import UsageError

    if "quality" not in given_here():
        return
    suffix = run.suffix
    if run.output and not run.files_from and not is_output_folder(run.output, run.photos):
        suffix = suffix or location(run.output).suffix.lower()
    if suffix in _LOSSLESS:
        raise UsageError(f"--quality is not for {suffix}, which loses nothing", "Leave it out")


def _read_hints(texts: tuple[str, ...], path: Path | None) -> tuple[Hint, ...]:
    from autochrome.pipeline import parse_hint, read_hints

    return (*(read_hints(path) if path else ()), *map(parse_hint, texts))
