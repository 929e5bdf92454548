"""EXIF: a TIFF structure without pixels, kept as it lies wherever that is possible.

Values are changed in place, because what makers of cameras put there (MakerNote) does not
survive being moved.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from autochrome.photo.ifd import (
    EXIF,
    LONG,
    RATIONAL,
    SHORT,
    Directory,
    Entry,
    IfdError,
    Layout,
    Value,
    read_directory,
    read_entries,
    read_header,
    swapped,
    write_directory,
)

PREFIX = b"Exif\0\0"  # stands before the block in JPEG, and before that of libvips
ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 274, 282, 283, 296
RESOLUTION = (X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT)
_COLOR_SPACE, _WIDTH, _HEIGHT = 40961, 40962, 40963
_THUMBNAIL_OFFSET, _THUMBNAIL_SIZE = 513, 514
_NAMES = {37500: "MakerNote", 37510: "UserComment", 50341: "PrintIM"}
_SRGB, _UNCALIBRATED = 1, 0xFFFF
_INCH, _CENTIMETER = 2, 3


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The picture that metadata are to describe.

    Parameters
    ----------
    width, height : in pixels, as stored.
    orientation : EXIF orientation, 1 to 8.
    resolution : pixels a millimeter, across and down; None if unknown.
    srgb : whether the colors are sRGB.
    """

    width: int
    height: int
    orientation: int = 1
    resolution: tuple[float, float] | None = None
    srgb: bool = True


def read_block(block: bytes) -> tuple[Layout, Directory]:
    """Read an EXIF block (without prefix) into its directories.

    Raises
    ------
    IfdError
        If it is none.
    """
    file = io.BytesIO(block)
    layout, first = read_header(file)
    return layout, read_directory(file, layout, first)


def write_block(directory: Directory, order: str) -> bytes:
    """Make an EXIF block of directories whose values are in this byte order."""
    layout = Layout(order)
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HI", 42, 8) + write_directory(directory, layout, 8)


def in_order(layout: Layout, directory: Directory, order: str) -> Directory:
    """Return directories with values in the byte order asked for."""
    return directory if layout.order == order else swapped(directory)


def resolution(block: bytes) -> tuple[float, float] | None:
    """Read pixels a millimeter, across and down; None if it is not said."""
    try:
        layout, directory = read_block(block)
        across, down = (_rational(directory.values[tag], layout) for tag in RESOLUTION[:2])
        unit = directory.values.get(RESOLUTION_UNIT)
        number = struct.unpack_from(layout.order + "H", unit.data)[0] if unit else _INCH
    except (IfdError, KeyError, struct.error):
        return None
    length = {_INCH: 25.4, _CENTIMETER: 10.0}.get(number)
    return (across / length, down / length) if length and across > 0 and down > 0 else None


def describe(block: bytes, picture: Picture) -> bytes:
    """Make a block true of the picture: its size, turn, color space; no thumbnail of another.

    Raises
    ------
    IfdError
        If the block is damaged.
    """
    block = _completed(block, picture)
    file = io.BytesIO(block)
    layout, first = read_header(file)
    entries, thumbnail = read_entries(file, layout, first)
    out = bytearray(block)
    _set(out, layout, entries, ORIENTATION, picture.orientation)
    if EXIF in entries:
        inner, _ = read_entries(file, layout, _offset(out, layout, entries[EXIF]))
        _set(out, layout, inner, _COLOR_SPACE, _SRGB if picture.srgb else _UNCALIBRATED)
        _set(out, layout, inner, _WIDTH, picture.width)
        _set(out, layout, inner, _HEIGHT, picture.height)
    if thumbnail:
        table = range(first, _table_end(block, layout, first))
        struct.pack_into(layout.offset, out, table.stop, 0)
        _erase_thumbnail(out, layout, thumbnail, table)
    return bytes(out)


def shorten(block: bytes, largest: int) -> tuple[bytes, list[str]]:
    """Drop the largest values until the block has so many bytes; return the names of those.

    Raises
    ------
    IfdError
        If the block is damaged.
    """
    layout, directory = read_block(block)
    written = Layout(layout.order)
    excess = _even(len(write_block(directory, layout.order))) - largest
    dropped = []
    for values, tag in sorted(_values(directory), key=_length, reverse=True):
        if excess <= 0:
            break
        size = len(values.pop(tag).data)
        excess -= written.entry_size + (_even(size) if size > written.inline else 0)
        dropped.append(f"EXIF {_NAMES.get(tag, f'tag 0x{tag:04X}')} ({size} bytes)")
    return write_block(directory, layout.order), dropped


def _values(directory: Directory) -> list[tuple[dict[int, Value], int]]:
    own = [(directory.values, tag) for tag in directory.values]
    return own + [found for child in directory.children.values() for found in _values(child)]


def _length(found: tuple[dict[int, Value], int]) -> int:
    values, tag = found
    return len(values[tag].data)


def _even(size: int) -> int:
    return size + size % 2  # values are filled up to it


def _completed(block: bytes, picture: Picture) -> bytes:
    """Add the turn and the resolution where they are missing; the block is then laid out anew."""
    layout, directory = read_block(block)
    missing: dict[int, Value] = {}
    if picture.orientation != 1 and ORIENTATION not in directory.values:
        missing[ORIENTATION] = _short(picture.orientation, layout.order)
    if picture.resolution and X_RESOLUTION not in directory.values:
        missing |= resolution_values(picture.resolution, layout.order)
    if not missing:
        return block
    completed = Directory({**directory.values, **missing}, directory.children)
    return write_block(completed, layout.order)


def resolution_values(per_millimeter: tuple[float, float], order: str) -> dict[int, Value]:
    """Return the tags that say how many pixels an inch has."""
    across, down = (
        Value(RATIONAL, 1, struct.pack(order + "II", min(round(number * 25400), 2**32 - 1), 1000))
        for number in per_millimeter
    )
    return dict(zip(RESOLUTION, (across, down, _short(_INCH, order)), strict=True))


def _short(number: int, order: str) -> Value:
    return Value(SHORT, 1, struct.pack(order + "H", number))


def _rational(value: Value, layout: Layout) -> float:
    above, below = struct.unpack(layout.order + "II", value.data[:8])
    return above / below if below else 0.0


def _set(out: bytearray, layout: Layout, entries: dict[int, Entry], tag: int, number: int) -> None:
    """Change a number where it lies; one that is missing stays missing."""
    entry = entries.get(tag)
    if entry is None:
        return
    _, kind, count = struct.unpack_from(layout.entry, entry.raw)
    if count == 1 and kind in (SHORT, LONG):
        if kind == SHORT and number > 0xFFFF:
            return
        form = layout.order + ("H" if kind == SHORT else "I")
        struct.pack_into(form, out, entry.value_position(layout), number)


def _table_end(block: bytes, layout: Layout, offset: int) -> int:
    # By the count it states: of entries with the same tag, `read_entries` returns one.
    (count,) = struct.unpack_from(layout.count, block, offset)
    return offset + struct.calcsize(layout.count) + int(count) * layout.entry_size


def _erase_thumbnail(out: bytearray, layout: Layout, offset: int, table: range) -> None:
    file = io.BytesIO(bytes(out))
    try:
        entries, _ = read_entries(file, layout, offset)
    except IfdError:
        return
    if not {_THUMBNAIL_OFFSET, _THUMBNAIL_SIZE} <= set(entries):
        return
    start = _offset(out, layout, entries[_THUMBNAIL_OFFSET])
    size = _offset(out, layout, entries[_THUMBNAIL_SIZE])
    if not 0 < start < len(out):
        return
    if start < table.stop and start + size > table.start:
        raise IfdError("the thumbnail lies upon the tags")
    if start + size >= len(out):
        del out[start:]
    else:
        out[start : start + size] = bytes(size)


def _offset(data: bytearray, layout: Layout, entry: Entry) -> int:
    try:
        return int(struct.unpack_from(layout.offset, data, entry.value_position(layout))[0])
    except struct.error as error:
        raise IfdError("an offset points nowhere") from error
