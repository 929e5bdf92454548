"""What a result is called: ``NAME.color.EXT``, by which it is also recognized.

Versions of one photograph are called ``NAME.color-1.EXT`` and so on.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from autochrome.errors import AutochromeError, UsageError
from autochrome.photo.read import is_decoded_at_once, open_photo
from autochrome.photo.write import WRITABLE_SUFFIXES

READABLE_SUFFIXES = WRITABLE_SUFFIXES | {
    *(".jpe", ".jfif", ".gif", ".heic", ".heif", ".hif"),
    *(".jp2", ".j2k", ".jpf", ".jpx", ".bmp", ".pbm", ".pgm", ".ppm", ".pnm"),
}
"""What is picked up from a folder; a file named on its own is tried whatever its suffix."""

OUTPUT_MARK = ".color"
FALLBACK_SUFFIX = ".png"  # lossless, 8 and 16 bit
ANIMATION_SUFFIX = ".webp"

_FORBIDDEN_IN_MARK = re.compile(r'[\x00-\x1f/\\<>:"|?*]')  # by some file system


def result_name(source: Path, suffix: str | None = None, mark: str = OUTPUT_MARK) -> str:
    """Name a photograph's result; `suffix` is its own, or ``.png`` if it can only be read.

    An animated GIF, which the name alone does not tell from one that stands still, becomes
    ``.webp``.
    """
    if suffix is None:
        suffix = source.suffix
        if suffix.lower() not in WRITABLE_SUFFIXES:
            moves = suffix.lower() == ".gif" and is_animated_gif(source)
            suffix = ANIMATION_SUFFIX if moves else FALLBACK_SUFFIX
    return f"{source.stem}{mark}{suffix}"


def is_animated_gif(path: Path) -> bool:
    """Return whether a file can be read and has several frames."""
    try:
        if is_decoded_at_once(path):  # of another format than its name tells
            return False
        return len(open_photo(path, max_megapixels=math.inf).pages) > 1
    except AutochromeError:
        return False


def variant_path(destination: Path, index: int) -> Path:
    """Name one of several versions, from the path that one alone would have."""
    return destination.with_stem(f"{destination.stem}-{index}")


def is_result(path: Path, mark: str = OUTPUT_MARK) -> bool:
    """Return whether a file is a result of ours, by its name: with `mark` or the usual one."""
    marks = "|".join(re.escape(known) for known in {mark, OUTPUT_MARK} if known)
    return re.search(rf"(?:{marks})(-\d+)?\Z", path.stem, re.IGNORECASE) is not None


def check_mark(mark: str) -> None:
    """Raise UsageError if a mark cannot be part of a file's name everywhere."""
    if _FORBIDDEN_IN_MARK.search(mark):
        raise UsageError(
            f"{mark!r} cannot be part of a file's name", "Use letters, digits, '.', '-' and '_'"
        )
