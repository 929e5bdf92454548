"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from autochrome.progress import Progress, no_progress

T = TypeVar("T")


def terminal_progress(*, quiet: bool = False) -> Progress:
    """Return a bar if stderr is a terminal, else `no_progress`."""
    if quiet or not sys.stderr.isatty():
        return no_progress

    def bar(items: Iterable[T], *, total: int | None, description: str) -> Iterable[T]:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
        )
        # stdout stays the pipe it is: only what is printed to stderr goes above the bar.
        with progress.Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
        ) as display:
            yield from display.track(items, total=total, description=description)

    return bar
