"""What a result is called: ``NAME.color.EXT``, by which it is also recognized."""

from __future__ import annotations

import math
from pathlib import Path

from autochrome.errors import AutochromeError
from autochrome.photo.read import open_photo
from autochrome.photo.write import WRITABLE_SUFFIXES

OUTPUT_MARK = ".color"
FALLBACK_SUFFIX = ".png"  # lossless, 8 and 16 bit
ANIMATION_SUFFIX = ".webp"


def result_name(source: Path, suffix: str | None = None) -> str:
    """Name a photograph's result; `suffix` is its own, or ``.png`` if it can only be read.

    An animated GIF, which the name alone does not tell from one that stands still, becomes
    ``.webp``.
    """
    if suffix is None:
        suffix = source.suffix
        if suffix.lower() not in WRITABLE_SUFFIXES:
            moves = suffix.lower() == ".gif" and is_animated_gif(source)
            suffix = ANIMATION_SUFFIX if moves else FALLBACK_SUFFIX
    return f"{source.stem}{OUTPUT_MARK}{suffix}"


def is_animated_gif(path: Path) -> bool:
    """Return whether a file can be read and has several frames."""
    try:
        return len(open_photo(path, max_megapixels=math.inf).pages) > 1
    except AutochromeError:
        return False
