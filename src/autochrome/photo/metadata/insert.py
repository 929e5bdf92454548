"""Insert bytes into a file, however large it is."""

from __future__ import annotations

import os
from typing import BinaryIO

_BLOCK = 1 << 20


def insert(file: BinaryIO, position: int, data: bytes) -> None:
    """Insert bytes, moving what follows from its end, a block at a time."""
    end = file.seek(0, os.SEEK_END)
    while end > position:
        start = max(position, end - _BLOCK)
        file.seek(start)
        block = file.read(end - start)
        file.seek(start + len(data))
        file.write(block)
        end = start
    file.seek(position)
    file.write(data)
