"""Image file directories, the tables of tags that TIFF files and EXIF blocks are made of.

TIFF 6.0 and BigTIFF. A directory is read with its values, but never with pixels; what cannot be
read in a damaged one is left out.
"""

from __future__ import annotations

import array
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

EXIF, GPS, INTEROP = 34665, 34853, 40965  # tags that point to a directory of their own
_CHILDREN = (EXIF, GPS, INTEROP)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8}
_RATIONALS = (5, 10)
BYTE, SHORT, LONG, RATIONAL, UNDEFINED, IFD, _IFD8 = 1, 3, 4, 5, 7, 13, 18
_MOST_BYTES = 1 << 26  # of values; more is damage, or a picture and no description
_MOST_ENTRIES = 4_000  # of a directory; the largest that programs write have a few hundred


class IfdError(ValueError):
    """Not a TIFF structure, or not a whole one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Byte order ("<" or ">"), and whether offsets take 8 bytes (BigTIFF) or 4."""

    order: str
    big: bool = False

    @property
    def offset(self) -> str:
        """Format of an offset."""
        return self.order + ("Q" if self.big else "I")

    @property
    def entry(self) -> str:
        """Format of an entry without its value: tag, kind, count."""
        return self.order + ("HHQ" if self.big else "HHI")

    @property
    def count(self) -> str:
        """Format of the number of entries."""
        return self.order + ("Q" if self.big else "H")

    @property
    def inline(self) -> int:
        """Bytes a value may have to lie in its entry."""
        return 8 if self.big else 4

    @property
    def entry_size(self) -> int:
        """Bytes of an entry, its value or the place of that included."""
        return struct.calcsize(self.entry) + self.inline


@dataclass(frozen=True, slots=True)
class Value:
    """A tag's value: its kind (TIFF 6.0, p. 15), how many, and their bytes."""

    kind: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """Values by tag, and the directories that tags point to."""

    values: dict[int, Value] = field(default_factory=dict)
    children: dict[int, Directory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it lies in the file: where, and its bytes."""

    position: int
    raw: bytes

    def kind(self, layout: Layout) -> int:
        """Return what the values are; see `Value`."""
        return int(struct.unpack_from(layout.entry, self.raw)[1])

    def size(self, layout: Layout) -> int:
        """Bytes of the value; 0 for a kind that does not exist."""
        _, kind, count = struct.unpack_from(layout.entry, self.raw)
        return _SIZES.get(kind, 0) * int(count)

    def value_position(self, layout: Layout) -> int:
        """Where the value lies."""
        head = struct.calcsize(layout.entry)
        if self.size(layout) <= layout.inline:
            return self.position + head
        return int(struct.unpack_from(layout.offset, self.raw, head)[0])


def read_header(file: BinaryIO) -> tuple[Layout, int]:
    """Return the layout and the offset of the first directory.

    Raises
    ------
    IfdError
        If it is no TIFF structure.
    """
    head = take(file, 0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        raise IfdError("the TIFF header is missing")
    version, first = struct.unpack(order + "HI", head[2:])
    if version == 42:
        return Layout(order), first
    if version != 43:
        raise IfdError(f"TIFF version {version}")
    return Layout(order, True), struct.unpack(order + "Q", take(file, 8, 8))[0]


def read_entries(file: BinaryIO, layout: Layout, offset: int) -> tuple[dict[int, Entry], int]:
    """Return the entries of a directory by tag, and the offset of the next directory.

    Raises
    ------
    IfdError
        If the directory is not inside the file, or has more entries than any program writes.
    """
    head, entry_size = struct.calcsize(layout.count), layout.entry_size
    (count,) = struct.unpack(layout.count, take(file, offset, head))
    if count > _MOST_ENTRIES:
        raise IfdError(f"{count} entries")
    table = take(file, offset + head, count * entry_size)
    entries: dict[int, Entry] = {}
    for index in range(count):
        raw = table[index * entry_size : (index + 1) * entry_size]
        (tag,) = struct.unpack_from(layout.order + "H", raw)
        # Of the same tag twice the first counts, as for libtiff.
        entries.setdefault(tag, Entry(offset + head + index * entry_size, raw))
    end = offset + head + len(table)
    return entries, struct.unpack(layout.offset, take(file, end, layout.inline))[0]


def read_directory(
    file: BinaryIO, layout: Layout, offset: int, skip: frozenset[int] = frozenset()
) -> Directory:
    """Read a directory and those it points to, without the tags in `skip`.

    Raises
    ------
    IfdError
        If the directory is not inside the file, or the values have more bytes than the file, which
        they can only where they lie upon each other. A value that is not inside the file, or for
        which those before leave no room, is left out.
    """
    reading = _Reading(file, layout, skip, file.seek(0, os.SEEK_END))
    directory = reading.read(offset)
    if reading.overlaps:
        raise IfdError("values lie upon each other")
    return directory


@dataclass(slots=True)
class _Reading:
    """A directory and its children being read, and how many bytes their values have so far."""

    file: BinaryIO
    layout: Layout
    skip: frozenset[int]
    file_size: int
    taken: int = 0

    @property
    def overlaps(self) -> bool:
        return self.taken > self.file_size

    def read(self, offset: int, depth: int = 0) -> Directory:
        directory = Directory()
        entries, _ = read_entries(self.file, self.layout, offset)
        for tag, entry in entries.items():
            size = entry.size(self.layout)
            if tag in self.skip or not 0 < size <= _MOST_BYTES - self.taken:
                continue
            _, kind, count = struct.unpack_from(self.layout.entry, entry.raw)
            try:
                data = take(self.file, entry.value_position(self.layout), size)
                self.taken += size
                if self.overlaps:
                    break
                if tag not in _CHILDREN:
                    directory.values[tag] = Value(kind, count, data)
                elif depth < 2 and kind in _OFFSETS:  # one that points to itself ends here
                    (child,) = struct.unpack_from(self.layout.order + _OFFSETS[kind], data)
                    directory.children[tag] = self.read(child, depth + 1)
            except IfdError:
                continue
        return directory


_OFFSETS = {4: "I", 13: "I", 16: "Q", 18: "Q"}


def write_directory(
    directory: Directory,
    layout: Layout,
    base: int,
    *,
    kept: Mapping[int, bytes] | None = None,
    following: int = 0,
    pointer: int = LONG,
) -> bytes:
    """Lay out a directory, its values and its children.

    Parameters
    ----------
    directory : values in the byte order of `layout`.
    base : the offset at which the bytes returned will lie; even.
    kept : entries taken as they are, whose values lie elsewhere already.
    following : offset of the next directory.
    pointer : kind of what points to a child: LONG, as EXIF wants it, or IFD, which programs that
        move directories follow. In BigTIFF it is always IFD8.
    """
    entries = dict(kept or {})
    tags = {*entries, *directory.values, *directory.children}
    head = struct.calcsize(layout.count)
    size = head + len(tags) * layout.entry_size + layout.inline
    body = bytearray()

    def place(data: bytes) -> int:
        body.extend(b"\0" * (-(size + len(body)) % 2))
        position = base + size + len(body)
        body.extend(data)
        return position

    for tag, value in directory.values.items():
        data = value.data
        if len(data) > layout.inline:
            data = struct.pack(layout.offset, place(data))
        entries[tag] = _entry(layout, tag, value.kind, value.count, data)
    for tag, child in directory.children.items():
        start = base + size + len(body) + (size + len(body)) % 2
        position = place(write_directory(child, layout, start, pointer=pointer))
        kind = _IFD8 if layout.big else pointer
        entries[tag] = _entry(layout, tag, kind, 1, struct.pack(layout.offset, position))
    table = b"".join(entries[tag] for tag in sorted(entries))
    count = struct.pack(layout.count, len(entries))
    return count + table + struct.pack(layout.offset, following) + bytes(body)


def swapped(directory: Directory) -> Directory:
    """Return the directory with its values in the other byte order."""
    values = {tag: _swapped(value) for tag, value in directory.values.items()}
    return Directory(values, {tag: swapped(child) for tag, child in directory.children.items()})


def _swapped(value: Value) -> Value:
    unit = 4 if value.kind in _RATIONALS else _SIZES[value.kind]
    if unit == 1:
        return value
    numbers = array.array({2: "H", 4: "I", 8: "Q"}[unit], value.data)
    numbers.byteswap()
    return Value(value.kind, value.count, numbers.tobytes())


def _entry(layout: Layout, tag: int, kind: int, count: int, data: bytes) -> bytes:
    return struct.pack(layout.entry, tag, kind, count) + data.ljust(layout.inline, b"\0")


def take(file: BinaryIO, offset: int, size: int) -> bytes:
    """Read bytes that must be there.

    Raises
    ------
    IfdError
        If they lie beyond the end of the file.
    """
    # First where the file ends: a damaged count could ask for more than there is memory.
    if offset + size > file.seek(0, os.SEEK_END):
        raise IfdError(f"what should be at {offset} is missing")
    file.seek(offset)
    return file.read(size)
