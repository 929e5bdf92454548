"""Metadata of TIFF files: read without looking at pixels, added at the end of the file.

A directory may lie anywhere. The new one is written behind the pixels, which stay where they are,
and the header is turned to it: the cost is that of the metadata, however large the file is.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from autochrome.photo.ifd import (
    BYTE,
    IFD,
    UNDEFINED,
    Directory,
    Layout,
    Value,
    read_directory,
    read_entries,
    read_header,
    write_directory,
)
from autochrome.photo.metadata.exif import in_order, read_block, write_block

XMP, IPTC, PHOTOSHOP = 700, 33723, 34377
_ICC, _LAYERS = 34675, 37724

# Tags that say how the pixels lie in the file, or that belong to its old colors: not metadata.
_STRUCTURE = frozenset(
    {
        *range(254, 260),  # subfile types, size, bits, compression, photometric
        *(262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289),
        *(290, 291, 292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328),
        *(330, 332, 333, 334, 336, 338, 339, 340, 341, 342, 343, 344, 345, 346, 347),
        *range(512, 522),  # old JPEG
        *(529, 530, 531, 532),  # YCbCr
        *(_ICC, _LAYERS),
        *(50838, 50839),  # of ImageJ: how its planes lie
    }
)
_OWN = frozenset({XMP, IPTC, PHOTOSHOP})  # kept apart from EXIF


def read_tiff(file: BinaryIO, page: int = 0) -> tuple[bytes, bytes, bytes, bytes]:
    """Read EXIF (as a block of its own), XMP, IPTC and Photoshop resources of a page.

    Raises
    ------
    IfdError
        If it is no TIFF file, or is damaged.
    """
    layout, offset = read_header(file)
    for _ in range(page):
        _, offset = read_entries(file, layout, offset)
    directory = read_directory(file, layout, offset, _STRUCTURE)
    xmp, iptc, photoshop = (
        directory.values[tag].data if tag in directory.values else b""
        for tag in (XMP, IPTC, PHOTOSHOP)
    )
    kept = {tag: value for tag, value in directory.values.items() if tag not in _OWN}
    if not kept and not directory.children:
        return b"", xmp, iptc, photoshop
    return write_block(Directory(kept, directory.children), layout.order), xmp, iptc, photoshop


def append_to_tiff(file: BinaryIO, exif: bytes, iptc: bytes, photoshop: bytes) -> None:
    """Add metadata to the first page of a TIFF file, in place of what it says there.

    Raises
    ------
    IfdError
        If the file or the EXIF block is damaged.
    """
    layout, first = read_header(file)
    entries, following = read_entries(file, layout, first)
    added = Directory()
    if exif:
        block_layout, directory = read_block(exif)
        added = in_order(block_layout, directory, layout.order)
        for tag in _STRUCTURE | _OWN:
            added.values.pop(tag, None)
    if iptc:
        added.values[IPTC] = Value(UNDEFINED, len(iptc), iptc)
    if photoshop:
        added.values[PHOTOSHOP] = Value(BYTE, len(photoshop), photoshop)
    end = file.seek(0, os.SEEK_END)
    base = end + end % 2
    kept = {tag: entry.raw for tag, entry in entries.items()}
    data = write_directory(added, layout, base, kept=kept, following=following, pointer=IFD)
    file.write(bytes(base - end) + data)
    _turn_header(file, layout, base)


def _turn_header(file: BinaryIO, layout: Layout, offset: int) -> None:
    file.seek(8 if layout.big else 4)
    file.write(struct.pack(layout.offset, offset))
