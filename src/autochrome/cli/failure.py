"""From an exception to a message, a piece of advice and an exit code."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from autochrome.errors import (
    AutochromeError,
    DiskFullError,
    MissingExtraError,
    OutputError,
    PhotoMemoryError,
)

_EXTRA_OF = {
    "av": "video",
    "pyarrow": "evaluate",
    "cv2": "evaluate",
    "torch": "train",
    "onnx": "train",
    "onnxscript": "train",
    "safetensors": "train",
    "matplotlib": "studies",
    "fastapi": "web",
    "fastapi_offline": "web",
    "h11": "web",
    "multipart": "web",
    "prometheus_client": "web",
    "python_multipart": "web",
    "starlette": "web",
    "uvicorn": "web",
}
INTERRUPTED = 130
_READER_GONE = OutputError("Nobody reads stdout any more")

logger = logging.getLogger(__name__)


def show_error(error: AutochromeError) -> None:
    """Write a message and its advice to stderr."""
    tell(f"Error: {error.message}")
    if error.advice:
        tell(error.advice)


def tell(text: str) -> None:
    """Write a line to stderr, above the progress bar if there is one."""
    if sys.stderr is None:  # closed; click would write into stdout, and so into a photograph
        return
    # click's err=True would find its way around the bar, and write into it.
    click.echo(text, file=sys.stderr)


def arrow(source: object, destination: object) -> str:
    """Name a file and what is made of it."""
    return " -> ".join(click.format_filename(str(place)) for place in (source, destination))


@contextmanager
def failures() -> Iterator[None]:
    """End with a message and the right exit code, whatever goes wrong inside."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()  # else it fails when Python ends, which nobody would hear of
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise  # click's own business
    except BrokenPipeError as error:
        with suppress(BrokenPipeError):
            show_error(_READER_GONE)
        _let_go()
        raise click.exceptions.Exit(_READER_GONE.exit_code) from error
    except KeyboardInterrupt:
        tell("\nInterrupted.")
        raise click.exceptions.Exit(INTERRUPTED) from None
    except Exception as error:
        logger.debug("%s", type(error).__name__, exc_info=True)
        deliberate = _deliberate(error)
        show_error(deliberate)
        raise click.exceptions.Exit(deliberate.exit_code) from error


def _let_go() -> None:
    """Lead to nowhere what nobody reads: Python writes what is left of it once more at its end."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _deliberate(error: Exception) -> AutochromeError:
    if isinstance(error, AutochromeError):
        return error
    if isinstance(error, MemoryError):
        return PhotoMemoryError("Not enough memory")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"Cannot write the output: {error.strerror}", "Make room for it")
    if isinstance(error, ModuleNotFoundError):
        module = (error.name or "").partition(".")[0]
        if module in _EXTRA_OF:
            install = f"Run: pip install 'autochrome[{_EXTRA_OF[module]}]'"
            return MissingExtraError(f"{module} is not installed", install)
    return AutochromeError(
        f"Internal error: {type(error).__name__}: {error}",
        "This is a fault in Autochrome. Please report it, with the output of 'autochrome doctor'",
    )
