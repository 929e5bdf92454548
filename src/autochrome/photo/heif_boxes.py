"""What the boxes of a HEIC file say and pillow-heif does not (ISO/IEC 23008-12 and 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress

from autochrome.photo.boxes import boxes, unpack
from autochrome.photo.decoded import DamageError


def stored_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Find width and height of all pictures in a file, before they are cropped.

    Raises
    ------
    DamageError
        If one is laid together of others at a size that nobody tells.
    """
    for meta in _metas(data):
        if any(b"iovl" in bytes(items) for items in _inside(meta, b"iinf")):
            raise DamageError("it is laid together of several pictures")
        for size in _inside(meta, b"iprp", b"ipco", b"ispe"):
            yield unpack(">II", size, 4)


def transfers(data: bytes) -> Iterator[int]:
    """Find by what numbers of ITU-T H.273 the light of the primary picture is coded."""
    for meta in _metas(data):
        shared = [box for inner in _inside(meta, b"iprp", b"ipco") for box in boxes(inner)]
        primary = [_item(item, 4, *unpack("B", item))[0] for item in _inside(meta, b"pitm")]
        for uses in _inside(meta, b"iprp", b"ipma"):
            for item, index in _associations(uses):
                kind, content = shared[index - 1] if 0 < index <= len(shared) else (b"", b"")
                if item in primary and kind == b"colr" and content[:4] == b"nclx":
                    yield unpack(">H", content, 6)[0]


def _metas(data: bytes) -> list[memoryview]:
    found = []
    with suppress(DamageError):  # what stands behind may be anything
        for kind, content in boxes(data, cut=True):  # libheif reads them so
            if kind == b"meta":
                found.append(content[4:])
    return found


def _inside(content: memoryview, kind: bytes, *below: bytes) -> Iterator[memoryview]:
    """Walk the boxes of a kind, or those in them, and in those."""
    for found, inner in boxes(content):
        if found == kind:
            yield from _inside(inner, *below) if below else (inner,)


def _associations(uses: memoryview) -> Iterator[tuple[int, int]]:
    """Walk which item uses which of the shared properties, counted from 1."""
    version, is_wide, count = unpack(">BxxBI", uses)
    is_wide &= 1
    position = 8
    for _ in range(count):
        item, position = _item(uses, position, version)
        (most,) = unpack("B", uses, position)
        form = f">{most}H" if is_wide else f"{most}B"
        for number in unpack(form, uses, position + 1):
            yield item, number & (0x7FFF if is_wide else 0x7F)
        position += 1 + struct.calcsize(form)


def _item(content: memoryview, position: int, version: int) -> tuple[int, int]:
    """Read the number of an item, which is longer from version 1 on; and where it ends."""
    form = ">I" if version else ">H"
    return unpack(form, content, position)[0], position + struct.calcsize(form)
