"""What the commands log, to stderr."""

from __future__ import annotations

import logging


def start_logging(verbosity: int, *, times: bool = False) -> None:
    """Log warnings, with a verbosity of 1 information, with 2 everything."""
    logging.basicConfig(
        level=max(logging.DEBUG, logging.WARNING - 10 * verbosity),
        format=("%(asctime)s %(levelname)s " if times else "") + "%(name)s: %(message)s",
    )
    if verbosity < 2:  # libvips repeats what the error of a photograph says
        logging.getLogger("pyvips").setLevel(logging.CRITICAL)
