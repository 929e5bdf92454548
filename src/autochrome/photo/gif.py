"""Whether all of a GIF is there: libvips shows the frames that are, and says nothing."""

from __future__ import annotations

from typing import BinaryIO

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_HEADER = 13


def is_whole_gif(file: BinaryIO) -> bool:
    """Walk the blocks (GIF89a, 15 to 27) and return whether the last one is the trailer."""
    head = file.read(_HEADER)
    if len(head) < _HEADER:
        return False
    file.seek(_colors(head[10]), 1)
    while kind := file.read(1):
        if kind[0] == _TRAILER:
            return True
        if kind[0] == _IMAGE:
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return False
            file.seek(_colors(descriptor[8]) + 1, 1)  # and the size of the first code
        elif kind[0] == _EXTENSION:
            file.seek(1, 1)
        else:
            return False
        while (size := file.read(1)) and size[0]:
            file.seek(size[0], 1)
    return False


def _colors(flags: int) -> int:
    """Return how many bytes the table of colors takes that follows, if one does."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
