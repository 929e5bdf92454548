"""What a result is called: ``NAME.color.EXT``, by which it is also recognized."""

from __future__ import annotations

from pathlib import Path

from autochrome.photo.write import WRITABLE_SUFFIXES

OUTPUT_MARK = ".color"
FALLBACK_SUFFIX = ".png"  # lossless, 8 and 16 bit


def result_name(source: Path, suffix: str | None = None) -> str:
    """Name a photograph's result; `suffix` is its own, or ``.png`` if it can only be read."""
    if suffix is None:
        own = source.suffix
        suffix = own if own.lower() in WRITABLE_SUFFIXES else FALLBACK_SUFFIX
    return f"{source.stem}{OUTPUT_MARK}{suffix}"
