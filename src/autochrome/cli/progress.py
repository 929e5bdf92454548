"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from autochrome.progress import Progress, no_progress

T = TypeVar("T")


def terminal_progress(*, quiet: bool = False) -> Progress:
    """Return a bar if stderr is a terminal, else `no_progress`."""
    if quiet:
        return no_progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return no_progress

    def bar(items: Iterable[T], *, total: int | None, description: str) -> Iterable[T]:
        from rich import progress

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
        )
        # stdout stays the pipe it is: only what is printed to stderr goes above the bar.
        with progress.Progress(
            *columns, console=console, transient=True, redirect_stdout=False
        ) as display:
            yield from display.track(items, total=total, description=description)

    return bar
