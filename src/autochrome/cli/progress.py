"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from autochrome.progress import Progress, no_progress

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task

T = TypeVar("T")


def terminal_progress(*, quiet: bool = False, unit: str = "") -> Progress:
    """Return a bar if stderr is a terminal, else `no_progress`.

    Parameters
    ----------
    unit : of what is done in a second, such as "frames/s", to show it; empty to leave it out.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return no_progress

    def bar(items: Iterable[T], *, total: int | None, description: str) -> Iterable[T]:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            *([_speed_column(unit)] if unit else []),
            progress.TimeRemainingColumn(),
        )
        # stdout stays the pipe it is: only what is printed to stderr goes above the bar.
        with progress.Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
        ) as display:
            yield from display.track(items, total=total, description=description)

    return bar


def _speed_column(unit: str) -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class SpeedColumn(ProgressColumn):
        """How much is done in a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f} {unit}" if speed else "", style="progress.data.speed")

    return SpeedColumn()
