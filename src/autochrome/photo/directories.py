"""The directories of a TIFF: which of its images are pages, and whether all of them is there.

libvips counts every image of the main chain, the small copies in it too, leaves out those that
hang below another one, and takes what is missing at the end of a file for black. What an image
is for and where its pixels lie stands in its directory (TIFF 6.0, pages 13 and 36).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

_SUBFILE_TYPE, _OLD_SUBFILE_TYPE, _SUB_DIRECTORIES = 254, 255, 330
_WIDTH, _HEIGHT = 256, 257
_PLACES = ((273, 279), (324, 325))  # offsets and byte counts, of strips and of tiles
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_OLD_REDUCED = 2  # value of SubfileType
_NUMBERS = {3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}  # the types in which these tags come
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
# What pixels mean: bits, palette, tables of JPEG, black and white of YCbCr, ICC profile.
_TABLES = (258, 320, 347, 529, 530, 532, 34675)
_MOST_DIRECTORIES, _MOST_TAGS = 100_000, 4_000


@dataclass(frozen=True, slots=True)
class Directory:
    """What one image of a TIFF is for, and how large it is.

    Parameters
    ----------
    is_page : it is neither a small copy nor a transparency mask of another one.
    has_children : other images hang below it: small copies as a rule, in camera raw the full one.
    num_pixels : width times height; 0 if they are not plainly said.
    """

    is_page: bool
    has_children: bool
    num_pixels: int


def tiff_directories(file: BinaryIO) -> list[Directory]:
    """Read the main chain of directories, which ends where it would run in a circle.

    Raises
    ------
    ValueError
        If a directory, or pixels of which one speaks, lie beyond the end of the file.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(16).ljust(16, b"\0")
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or size < 8:
        raise ValueError("the head is missing")
    layout = _Layout(order, struct.unpack(order + "H", head[2:4])[0] == 43)
    (offset,) = struct.unpack(layout.offset, head[8:16] if layout.is_big else head[4:8])
    seen: set[int] = set()
    directories = []
    while offset and offset not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(offset)
        try:
            tags, offset = _read_directory(file, offset, layout, size)
        except (struct.error, OSError, OverflowError) as error:
            raise ValueError("a directory is missing") from error
        if any(_end(tags, *places) > size for places in _PLACES):
            raise ValueError("pixels are missing")
        directories.append(_understood(tags))
    return directories


@dataclass(frozen=True, slots=True)
class _Layout:
    order: str
    is_big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.is_big else "I")


Tags = dict[int, np.ndarray[tuple[int], np.dtype[np.uint64]]]


def _read_directory(
    file: BinaryIO, offset: int, layout: _Layout, file_size: int
) -> tuple[Tags, int]:
    """Return the tags that matter here, and where the next directory is."""
    count_format, size = ("Q", 20) if layout.is_big else ("H", 12)
    file.seek(offset)
    (count,) = struct.unpack(
        layout.order + count_format, file.read(struct.calcsize("<" + count_format))
    )
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    entries = file.read(count * size)
    (following,) = struct.unpack(layout.offset, file.read(struct.calcsize(layout.offset)))
    wanted = {_SUBFILE_TYPE, _OLD_SUBFILE_TYPE, _SUB_DIRECTORIES, _WIDTH, _HEIGHT}
    wanted.update(*_PLACES)
    tags: Tags = {}
    for start in range(0, count * size, size):
        tag, kind = struct.unpack(layout.order + "HH", entries[start : start + 4])
        # Of the same tag twice the first counts, as for libtiff.
        if tag in wanted and tag not in tags and kind in _NUMBERS:
            tags[tag] = _values(file, entries[start : start + size], kind, layout, file_size)
        elif tag in _TABLES and _table_end(entries[start : start + size], layout) > file_size:
            raise ValueError("a table is missing")
    return tags, following


def _values(
    file: BinaryIO, entry: bytes, kind: int, layout: _Layout, file_size: int
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    width = 8 if layout.is_big else 4  # of a count, and of the place for values
    count, offset = struct.unpack(layout.order + ("QQ" if layout.is_big else "II"), entry[4:])
    number = np.dtype(layout.order + _NUMBERS[kind])
    data = entry[4 + width :]
    if count * number.itemsize > width:
        if offset + count * number.itemsize > file_size:
            raise ValueError("a list is missing")
        file.seek(offset)
        data = file.read(count * number.itemsize)
    return np.frombuffer(data, number, count).astype(np.uint64)


def _table_end(entry: bytes, layout: _Layout) -> int:
    """Return where the values of an entry end; 0 if they are in the entry."""
    kind, count, offset = struct.unpack(
        layout.order + ("HQQ" if layout.is_big else "HII"), entry[2:]
    )
    num_bytes: int = count * _SIZES.get(kind, 0)
    return 0 if num_bytes <= (8 if layout.is_big else 4) else offset + num_bytes


def _end(tags: Tags, offsets: int, byte_counts: int) -> int:
    """Return where the pixels end; 0 if that cannot be told."""
    starts, lengths = tags.get(offsets), tags.get(byte_counts)
    if starts is None or lengths is None or len(starts) != len(lengths) or not len(starts):
        return 0
    return int((starts + lengths).max())


def _understood(tags: Tags) -> Directory:
    kind = _first(tags, _SUBFILE_TYPE)
    is_part = bool(kind & (_REDUCED | _MASK)) or _first(tags, _OLD_SUBFILE_TYPE) == _OLD_REDUCED
    return Directory(
        not is_part, _SUB_DIRECTORIES in tags, _first(tags, _WIDTH) * _first(tags, _HEIGHT)
    )


def _first(tags: Tags, tag: int) -> int:
    values = tags.get(tag)
    return int(values[0]) if values is not None and len(values) else 0
