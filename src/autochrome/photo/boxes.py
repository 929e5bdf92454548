"""The boxes in which JPEG 2000 keeps a picture and what is said of it (ISO/IEC 15444-1, I.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MOST = 10_000


def boxes(data: bytes | memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Walk the boxes on one level: (kind, content).

    Raises
    ------
    ValueError
        If one reaches beyond the end.
    """
    view = memoryview(data)
    position = 0
    for _ in range(_MOST):
        if position + 8 > len(view):
            return
        length, kind = struct.unpack_from(">I4s", view, position)
        header = 8
        if length == 1 and position + 16 <= len(view):
            (length,) = struct.unpack_from(">Q", view, position + 8)
            header = 16
        end = len(view) if length == 0 else position + length
        if not position + header <= end <= len(view):
            raise ValueError(f"the end of its box {kind!r} is missing")
        yield kind, view[position + header : end]
        position = end
