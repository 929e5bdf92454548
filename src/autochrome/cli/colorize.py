"""``autochrome colorize``: photographs in, color photographs out."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
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
    _refuse_idle(run)
    run.check(options)
    if STREAM in (*photos, run.output):
        colorize_one(run, options)
    elif run.watch:
        watch_folder(run, options)
    else:
        colorize_batch(run, options)


def _refuse_idle(run: Run) -> None:
    """Refuse options that would change nothing, where that is settled for all outputs.

    Raises
    ------
    UsageError
        If one was typed.
    """
    from autochrome.errors import UsageError

    typed = given_here()
    if "output_mark" in typed and _has_named_output(run):
        raise UsageError("--suffix is for names that are made, and OUT is one", "Leave it out")
    if "state" in typed and STREAM in (*run.photos, run.output):
        raise UsageError("--state is for a journal, and - has none", "Leave it out")
    lossless = _known_suffixes(run) if "quality" in typed else set()
    if lossless and lossless <= _LOSSLESS:
        raise UsageError(
            f"--quality is not for {' and '.join(sorted(lossless))}, which loses nothing",
            "Leave it out",
        )


def _has_named_output(run: Run) -> bool:
    """Return whether the one output is stdout, or a file that is named."""
    from autochrome.batch import is_output_folder

    if run.output is None:
        return STREAM in run.photos
    return run.files_from is None and not is_output_folder(run.output, run.photos)


def _known_suffixes(run: Run) -> set[str]:
    """Return those of all outputs; none, where photographs have yet to be found or looked at."""
    from autochrome.batch.sources import is_folder, is_pattern
    from autochrome.batch.storage import location
    from autochrome.photo.naming import result_name

    if run.suffix:
        return {run.suffix}
    if run.output and _has_named_output(run):
        return {location(run.output).suffix.lower()}
    places = [location(photo) for photo in run.photos]
    if run.files_from or STREAM in run.photos or any(is_folder(p) or is_pattern(p) for p in places):
        return set()
    here = (place if isinstance(place, Path) else Path(place.name) for place in places)
    return {Path(result_name(path)).suffix.lower() for path in here}


def _read_hints(texts: tuple[str, ...], path: Path | None) -> tuple[Hint, ...]:
    from autochrome.pipeline import parse_hint, read_hints

    return (*(read_hints(path) if path else ()), *map(parse_hint, texts))
