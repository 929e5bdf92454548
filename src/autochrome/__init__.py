"""Autochrome: automatic photo colorization.

>>> import autochrome
>>> autochrome.colorize("grandmother.jpg")  # doctest: +SKIP
PosixPath('grandmother.color.jpg')
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from autochrome.errors import (
    AutochromeError,
    BatchError,
    DeviceUnavailableError,
    DiskFullError,
    MissingExtraError,
    ModelError,
    OutputError,
    PhotoMemoryError,
    PhotoTooLargeError,
    StoppedError,
    UnreadablePhotoError,
    UnreadableVideoError,
    UsageError,
)

if TYPE_CHECKING:
    from autochrome.models import list_models
    from autochrome.pipeline import ColorizeOptions, Colorizer, colorize

__version__ = "0.1.0"
__all__ = [
    "AutochromeError",
    "BatchError",
    "ColorizeOptions",
    "Colorizer",
    "DeviceUnavailableError",
    "DiskFullError",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "PhotoMemoryError",
    "PhotoTooLargeError",
    "StoppedError",
    "UnreadablePhotoError",
    "UnreadableVideoError",
    "UsageError",
    "colorize",
    "list_models",
]

# Some releases of ONNX Runtime report their use to their maker unless this is set before they are
# imported. Nothing leaves this machine.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Loaded on first use: importing the package must cost next to nothing.
_ROOMS = {
    "ColorizeOptions": "autochrome.pipeline",
    "Colorizer": "autochrome.pipeline",
    "colorize": "autochrome.pipeline",
    "list_models": "autochrome.models",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'autochrome' has no attribute {name!r}")
    value = getattr(importlib.import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
