"""What the boxes of a HEIC file say and pillow-heif does not (ISO/IEC 23008-12 and 14496-12)."""

from __future__ import annotations

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


def without_profile(data: bytes) -> bytes:
    """Return a file as it would be if its color were described by numbers only."""
    return data.replace(b"colrprof", b"freeprof").replace(b"colrrICC", b"freerICC")


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
