"""``-``: a photograph from stdin, or to stdout."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from autochrome.cli.failure import tell
from autochrome.errors import AutochromeError, OutputError, UnreadablePhotoError, UsageError

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
    UnreadablePhotoError
        If stdin is closed.
    OutputError
        If the output cannot be written, or exists, or stdout is closed.
    """
    from autochrome.batch import plan_jobs
    from autochrome.batch.storage import Url, location

    given, wanted = location(photo), location(output or STREAM)
    if isinstance(given, Url) or isinstance(wanted, Url):
        raise UsageError("- goes with files of this machine only", "Copy the photo to or from it")
    source = None if photo == STREAM else given
    if source is None and sys.stdin is None:
        raise UnreadablePhotoError("stdin is closed", "Use < FILE, or name the photograph")
    if output in (None, STREAM):
        if sys.stdout is None:
            raise OutputError("stdout is closed", "Use > FILE or --output")
        if sys.stdout.isatty():
            raise UsageError("A photograph is not written to a terminal", "Use > FILE or --output")
        return StreamJob(source, None, suffix)
    if output.endswith(("/", os.sep)) or wanted.is_dir():
        raise UsageError(f"{output} is a folder", "A photograph from stdin needs a file's name")
    plan_jobs([photo], output, suffix=suffix, overwrite=overwrite)
    return StreamJob(source, wanted, wanted.suffix)


def colorize_stream(
    colorizer: Colorizer, job: StreamJob, options: ColorizeOptions, *, max_megapixels: float
) -> None:
    """Colorize one photograph from where it comes to where it goes.

    What comes or goes through a pipe lies in a temporary file in between: a photograph is read
    twice, need not fit in memory, and nothing goes out before all of it is there.

    Raises
    ------
    AutochromeError
        If it cannot be read, colorized or written.
    """
    with _temporary_folder() as folder:
        source = job.source or _spooled(folder / "stdin")
        with _named(source, job.source):
            destination = job.destination or _result_path(
                folder, source, job.suffix, max_megapixels
            )
            destination.parent.mkdir(parents=True, exist_ok=True)
            result = colorizer.colorize_file(
                source, destination, options, overwrite=True, max_megapixels=max_megapixels
            )
            for warning in result.warnings:
                tell(f"Warning: {_speaking_of_stdin(warning, source, job.source)}")
        if job.destination and result.skipped:
            tell(f"{job.destination} was not written: {result.skipped}")
        elif result.skipped:
            # Left alone, and so at most in another format.
            data = colorizer.colorize_bytes(
                source.read_bytes(), job.suffix, options, max_megapixels=max_megapixels
            )
            sys.stdout.buffer.write(data)
        elif job.destination is None:
            with destination.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = TemporaryDirectory(prefix="autochrome-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _no_room(error) from error
    with folder as path:
        yield Path(path)


def _spooled(path: Path) -> Path:
    """Copy stdin to a file, in pieces."""
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
    except OSError as error:
        raise _no_room(error) from error
    return path


def _result_path(folder: Path, source: Path, suffix: str | None, max_megapixels: float) -> Path:
    from autochrome.photo import open_photo
    from autochrome.photo.naming import FALLBACK_SUFFIX
    from autochrome.photo.read import is_decoded_at_once

    if suffix is None and is_decoded_at_once(source):
        suffix = FALLBACK_SUFFIX
    suffix = suffix or open_photo(source, max_megapixels=max_megapixels).suffix
    return folder / f"result{suffix}"


@contextmanager
def _named(source: Path, given: Path | None) -> Iterator[None]:
    """Speak of stdin in errors, and not of the file in which it lies."""
    try:
        yield
    except AutochromeError as error:
        error.message = _speaking_of_stdin(error.message, source, given)
        raise
    except OSError as error:
        raise OutputError(f"Cannot write {error.filename}: {error.strerror}") from error


def _speaking_of_stdin(text: str, source: Path, given: Path | None) -> str:
    return text if given else text.replace(str(source), "the photograph from stdin")


def _no_room(error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write a temporary file: {error.strerror}", "Set TMPDIR to a folder with room"
    )
