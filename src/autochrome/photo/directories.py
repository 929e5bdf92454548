"""The directories of a TIFF: which of its images are pages of their own.

libvips counts every image of the main chain, the small copies in it too, and leaves out those
that hang below another one. What an image is for stands in its directory (TIFF 6.0, page 36).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

_SUBFILE_TYPE, _OLD_SUBFILE_TYPE, _SUB_DIRECTORIES = 254, 255, 330
_NUMBERS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # the types in which these tags come
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_OLD_REDUCED = 2  # value of SubfileType
_MOST_DIRECTORIES = 100_000


@dataclass(frozen=True, slots=True)
class Directory:
    """What one image of a TIFF is for.

    Parameters
    ----------
    is_page : it is neither a small copy nor a transparency mask of another one.
    has_children : other images hang below it: small copies as a rule, in camera raw the full one.
    """

    is_page: bool
    has_children: bool


def tiff_directories(file: BinaryIO) -> list[Directory]:
    """Read the main chain of directories, as far as it is sound and does not run in a circle."""
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return []
    big = struct.unpack(order + "H", head[2:4])[0] == 43
    seen: set[int] = set()
    directories = []
    try:
        (offset,) = struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8])
        while offset and offset not in seen and len(seen) < _MOST_DIRECTORIES:
            seen.add(offset)
            tags, offset = _read_directory(file, offset, order, big)
            directories.append(_understood(tags))
    except (struct.error, OSError, OverflowError, ValueError):
        pass  # cut short: whoever reads the pixels says so
    return directories


def _read_directory(
    file: BinaryIO, offset: int, order: str, big: bool
) -> tuple[dict[int, int], int]:
    """Return the tags that are one number, by number, and where the next directory is."""
    count_format, size = (order + "Q", 20) if big else (order + "H", 12)
    file.seek(offset)
    (count,) = struct.unpack(count_format, file.read(struct.calcsize(count_format)))
    if count > 65_535:
        raise ValueError(f"{count} tags")
    entries = file.read(count * size)
    (following,) = struct.unpack(order + ("Q" if big else "I"), file.read(8 if big else 4))
    tags = {}
    for start in range(0, len(entries) - size + 1, size):
        tag, kind = struct.unpack(order + "HH", entries[start : start + 4])
        if kind in _NUMBERS:
            number = order + _NUMBERS[kind]
            value = entries[start + (12 if big else 8) : start + size]
            tags[tag] = struct.unpack(number, value[: struct.calcsize(number)])[0]
    return tags, following


def _understood(tags: dict[int, int]) -> Directory:
    kind = tags.get(_SUBFILE_TYPE, 0)
    is_part = bool(kind & (_REDUCED | _MASK)) or tags.get(_OLD_SUBFILE_TYPE) == _OLD_REDUCED
    return Directory(not is_part, _SUB_DIRECTORIES in tags)
