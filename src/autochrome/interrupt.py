"""Ctrl-C as a wish: what is at work is completed first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signals(stop: Callable[[], None], *, ignore_more: bool = False) -> Iterator[None]:
    """Let the first Ctrl-C, or the first request to terminate, end the work in good order.

    A second one acts as usual. Only the main thread can catch signals; in others nothing changes.

    Parameters
    ----------
    stop : called by the first signal; an exception instead could be raised, and lost, inside of
        a destructor.
    ignore_more : a second signal is nothing but another call of `stop`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def caught(number: int, _: object) -> None:
        if not ignore_more:
            signal.signal(number, usual[signal.Signals(number)])
        stop()

    # All are known before the first is replaced: a signal may come between.
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in usual:
        signal.signal(number, caught)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@contextmanager
def until_interrupted(*, ignore_more: bool = False) -> Iterator[Callable[[], bool]]:
    """Yield what tells whether a first signal has come, see `stopped_by_signals`."""
    asked = False  # no event: a signal may interrupt what has its lock

    def ask() -> None:
        nonlocal asked
        asked = True

    with stopped_by_signals(ask, ignore_more=ignore_more):
        yield lambda: asked
