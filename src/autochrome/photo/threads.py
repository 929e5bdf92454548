"""The threads that compute photographs: how many libvips uses, and in which process they are."""

from __future__ import annotations

import os
from typing import Any

import pyvips

from autochrome.errors import UsageError

vips: Any = pyvips  # its type stubs lack the function

_working_process: int | None = None  # by its id: where the first work was done


def limit_threads(num_threads: int) -> None:
    """Let libvips compute each photograph with so many threads, from now on, process-wide."""
    vips.concurrency_set(num_threads)


def refuse_forked() -> None:
    """Refuse to go on in a fork of a process that has colored already.

    The threads of libvips and of ONNX Runtime stay behind in that process, and who waits for them
    here would wait for ever.

    Raises
    ------
    UsageError
        If this process is one.
    """
    if _working_process not in (None, os.getpid()):
        raise UsageError(
            "A process that was forked from one that has colored cannot color",
            "Start it by the method 'spawn', or fork before the first photograph is colored",
        )


def begin_work() -> None:
    """Remember that this is the process that colors, before it starts threads.

    Raises
    ------
    UsageError
        If it is the fork of one.
    """
    global _working_process
    refuse_forked()
    _working_process = os.getpid()
