"""Import what the ``evaluate`` extra brings, or say how to install it."""

from __future__ import annotations

import importlib
from typing import Any

from autochrome.errors import MissingExtraError


def import_extra(module: str) -> Any:
    """Import pyarrow or OpenCV.

    Raises
    ------
    MissingExtraError
        If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module} is not installed", "Run: pip install 'autochrome[evaluate]'"
        ) from error
