"""What libvips remembers of its last operations."""

from __future__ import annotations

import pyvips


def forget_operations() -> None:
    """Let libvips remember nothing, from now on, process-wide.

    Otherwise the files of its last operations stay open, and on the disk after they were removed.
    """
    pyvips.cache_set_max(0)
