"""``-``: a photograph from stdin, or to stdout."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autochrome.atomic import atomic_path
from autochrome.errors import OutputError, UnreadablePhotoError, UsageError

if TYPE_CHECKING:
    from autochrome.cli.batch import Run
    from autochrome.pipeline import ColorizeOptions, Colorizer

STREAM = "-"


@dataclass(frozen=True, slots=True)
class StreamJob:
    """Where a photograph comes from and goes to.

    Parameters
    ----------
    source : a file, or None for stdin.
    destination : a file, or None for stdout.
    suffix : the output's format; None keeps the input's, PNG where that cannot be written.
    """

    source: Path | None
    destination: Path | None
    suffix: str | None


def colorize_one(run: Run, options: ColorizeOptions) -> None:
    """Colorize the one photograph that comes from stdin or goes to stdout.

    Raises
    ------
    UsageError
        If the command line asks for what only files can have.
    AutochromeError
        If the photograph cannot be read, colorized or written.
    """
    of_files = (
        run.engine == "ray",
        run.recursive,
        run.skip_existing,
        run.dry_run,
        run.as_json,
        run.watch,
        run.num_variants,
    )
    if len(run.photos) != 1 or run.files_from or any(of_files):
        raise UsageError(
            "- takes one photo and no --recursive, --files-from, --skip-existing, --watch, "
            "--variants, --engine ray, --dry-run or --json"
        )
    target = plan_stream(run.photos[0], run.output, suffix=run.suffix, overwrite=run.overwrite)
    colorizer = run.open_colorizer(num_jobs=1)
    colorize_stream(colorizer, target, options, max_megapixels=run.max_megapixels)


def plan_stream(
    photo: str, output: str | None, *, suffix: str | None, overwrite: bool
) -> StreamJob:
    """Settle where a photograph comes from and goes to, before it is read.

    Raises
    ------
    UsageError
        If stdout is a terminal, or the output is a folder, which needs a name for the file.
    OutputError
        If the output cannot be written, or exists.
    """
    from autochrome.batch import plan_jobs
    from autochrome.batch.storage import Url, location

    if any(isinstance(location(place), Url) for place in (photo, output or STREAM)):
        raise UsageError(
            "- goes with files of this machine only", "Name both, or neither, with ://"
        )
    source = None if photo == STREAM else Path(photo)
    if output in (None, STREAM):
        if sys.stdout.isatty():
            raise UsageError("A photograph is not written to a terminal", "Use > FILE or --output")
        return StreamJob(source, None, suffix)
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        raise UsageError(f"{output} is a folder", "A photograph from stdin needs a file's name")
    (job,) = plan_jobs([photo], output, suffix=suffix, overwrite=overwrite)
    destination = Path(str(job.destination))
    return StreamJob(source, destination, destination.suffix)


def colorize_stream(
    colorizer: Colorizer, job: StreamJob, options: ColorizeOptions, *, max_megapixels: float
) -> None:
    """Colorize one photograph from where it comes to where it goes.

    Raises
    ------
    AutochromeError
        If it cannot be read, colorized or written.
    """
    data = _read(job.source)
    colorized = colorizer.colorize_bytes(data, job.suffix, options, max_megapixels=max_megapixels)
    if job.destination is None:
        sys.stdout.buffer.write(colorized)
    else:
        _write_whole(job.destination, colorized)


def _read(source: Path | None) -> bytes:
    if source is None:
        return sys.stdin.buffer.read()
    try:
        return source.read_bytes()
    except OSError as error:
        raise UnreadablePhotoError(f"Cannot read {source}: {error.strerror}") from error


def _write_whole(destination: Path, data: bytes) -> None:
    """Write a file, or leave what was there."""
    try:
        with atomic_path(destination) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise OutputError(f"Cannot write {destination}: {error.strerror}") from error
