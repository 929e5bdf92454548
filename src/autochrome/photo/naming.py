"""What a result is called: ``NAME.color.EXT``, by which it is also recognized.

Versions of one photograph are called ``NAME.color-1.EXT`` and so on.
"""

from __future__ import annotations

import re
from pathlib import Path

from autochrome.photo.write import WRITABLE_SUFFIXES

OUTPUT_MARK = ".color"
FALLBACK_SUFFIX = ".png"  # lossless, 8 and 16 bit

_OURS = re.compile(rf".*{re.escape(OUTPUT_MARK)}(-\d+)?", re.IGNORECASE | re.DOTALL)


def result_name(source: Path, suffix: str | None = None) -> str:
    """Name a photograph's result; `suffix` is its own, or ``.png`` if it can only be read."""
    if suffix is None:
        own = source.suffix
        suffix = own if own.lower() in WRITABLE_SUFFIXES else FALLBACK_SUFFIX
    return f"{source.stem}{OUTPUT_MARK}{suffix}"


def variant_path(destination: Path, index: int) -> Path:
    """Name one of several versions, from the path that one alone would have."""
    return destination.with_stem(f"{destination.stem}-{index}")


def is_result(path: Path) -> bool:
    """Return whether a file is a result of ours, by its name."""
    return _OURS.fullmatch(path.stem) is not None
