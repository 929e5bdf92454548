"""What OpenJPEG does not tell of a JPEG 2000 file: its depth, and whether its end is there."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_START, _END = b"\xff\x4f\xff\x51", b"\xff\xd9"  # SOC and SIZ; EOC
_BITS_AT = 42  # of the first component, from the start of the codestream


def is_whole(file: BinaryIO) -> bool:
    """Return whether the codestream has its end: OpenJPEG makes gray of what is missing."""
    position = file.tell()
    try:
        start, end = _codestream(file)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(start, end - len(_END)))
        return end <= size and file.read(len(_END)) == _END
    finally:
        file.seek(position)


def bits_per_sample(file: BinaryIO) -> int:
    """Return the depth of the first component."""
    position = file.tell()
    try:
        file.seek(_codestream(file)[0] + _BITS_AT - 2)
        bits: int = struct.unpack(">HB", file.read(3))[1]
        return (bits & 0x7F) + 1
    finally:
        file.seek(position)


def _codestream(file: BinaryIO) -> tuple[int, int]:
    """Return where the codestream begins and ends: the whole file, or one of its boxes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(_START)) == _START:
        return 0, size
    position = 0
    while position < size:
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            header = 16
        end = size if length == 0 else position + length
        if kind == b"jp2c":
            return position + header, end
        if end <= position:
            break
        position = end
    raise ValueError("there is no codestream in it")
