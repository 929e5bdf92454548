"""How many threads libvips uses."""

from __future__ import annotations

from typing import Any

import pyvips

vips: Any = pyvips  # its type stubs lack the function


def limit_threads(num_threads: int) -> None:
    """Let libvips compute each photograph with so many threads, from now on, process-wide."""
    vips.concurrency_set(num_threads)
