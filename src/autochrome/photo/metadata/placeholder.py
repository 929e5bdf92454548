"""EXIF that libvips writes as it is told, byte for byte.

libvips writes EXIF by way of libexif, which drops every tag it does not know and moves the rest.
So it is given a long placeholder instead, and the block takes its place in the finished file.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import BinaryIO

import pyvips

from autochrome.photo.metadata.exif import PREFIX

FIELD = "exif-ifd0-ImageDescription"
_MARK = b"Autochrome puts EXIF here "
_HEADER = b"II*\0"  # libexif writes this byte order
_NEAR = 512  # the block starts so many bytes before the mark, or fewer
_BLOCK = 1 << 20


class PlaceholderError(ValueError):
    """The file has no placeholder that is large enough."""


def hold_place(image: pyvips.Image, size: int) -> pyvips.Image:
    """Return the image, which has no EXIF, with a placeholder for some."""
    image = image.copy()
    text = _MARK.decode() + "." * size
    image.set_type(pyvips.GValue.gstr_type, FIELD, f"{text} (x, ASCII, 1 components, 1 bytes)")
    return image


def fill_place(file: BinaryIO, block: bytes, suffix: str) -> None:
    """Put the block where the placeholder is, in a complete file.

    Raises
    ------
    PlaceholderError
        If there is no placeholder, or the block is longer.
    """
    mark = _find(file, _MARK)
    near = max(0, mark - _NEAR)
    file.seek(near)
    start = near + file.read(mark - near).rfind(_HEADER)
    end = mark + len(_MARK)
    while (dots := _read(file, end, _BLOCK)).startswith(b"."):
        end += len(dots) - len(dots.lstrip(b"."))
    if start < near or end - start < len(block):
        raise PlaceholderError("the placeholder for EXIF is too small")
    if suffix == ".webp" and _read(file, start - len(PREFIX), len(PREFIX)) == PREFIX:
        start -= len(PREFIX)  # libvips puts one there, and some readers stumble over it
    file.seek(start)
    file.write(block.ljust(end - start, b"\0"))
    if suffix == ".png":
        _renew_checksum(file, start)


def _find(file: BinaryIO, mark: bytes) -> int:
    file.seek(0)
    position, tail = 0, b""
    while block := file.read(_BLOCK):
        found = (tail + block).find(mark)
        if found >= 0:
            return position - len(tail) + found
        position += len(block)
        tail = (tail + block)[-len(mark) :]
    raise PlaceholderError("there is no placeholder for EXIF")


def _renew_checksum(file: BinaryIO, start: int) -> None:
    """PNG: four bytes of size, ``eXIf``, the block, the checksum of both."""
    (size,) = struct.unpack(">I", _read(file, start - 8, 4))
    checksum = zlib.crc32(_read(file, start - 4, size + 4))
    file.write(struct.pack(">I", checksum))


def _read(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position, os.SEEK_SET)
    return file.read(size)
