"""Fail at damage of which libvips only warns.

Of a damaged file libvips decodes what it can, and leaves the rest gray or black, unless it is told
to fail at warnings. Yet it warns of much that is harmless, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pyvips

T = TypeVar("T")


def read_sound(read: Callable[[str], T], suffix: str, read_first_line: Callable[[str], T]) -> T:
    """Decode pixels; raises `pyvips.Error` if they are damaged.

    Parameters
    ----------
    read : decodes all of them, told by the name of a level at which faults to fail.
    suffix : of the format. Only JPEG and TIFF have warnings that can be told apart: of PNG, say,
        they are about profiles.
    read_first_line : does the same with the first line.
    """
    if suffix not in (".jpg", ".tif"):
        return read("truncated")
    try:
        return read("warning")
    except pyvips.Error as error:
        is_damage = _is_damage_of_jpeg if suffix == ".jpg" else _is_damage_of_tiff
        if is_damage(error.detail, lambda: read_first_line("warning")):
            if error.detail.strip():
                raise
            raise pyvips.Error("pixels are damaged") from error
    return read("error")


def _is_damage_of_jpeg(words: str, _: Callable[[], object]) -> bool:
    corrupt = [line for line in words.splitlines() if "Corrupt JPEG data" in line]
    return any("extraneous bytes" not in line for line in corrupt)  # those some cameras add


def _is_damage_of_tiff(words: str, read_first_line: Callable[[], object]) -> bool:
    """Tell by words, which libtiff has for errors only, and by where a warning comes.

    What it warns of at the first line already is the head, which many programs write in their own
    way.
    """
    if words.strip():
        return True
    try:
        read_first_line()
    except pyvips.Error:
        return False
    return True
