"""The boxes in which JPEG 2000 and HEIC keep a picture and what is said of it.

ISO/IEC 15444-1, I.4, and ISO/IEC 14496-12, 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from autochrome.photo.decoded import DamageError


def boxes(data: bytes | memoryview, *, cut: bool = False) -> Iterator[tuple[bytes, memoryview]]:
    """Walk the boxes on one level: (kind, content).

    Parameters
    ----------
    data : begins with a box.
    cut : take one that reaches beyond the end as far as it is there.

    Raises
    ------
    DamageError
        If one reaches beyond the end.
    """
    view = memoryview(data)
    position = 0
    while position + 8 <= len(view):
        length, kind = struct.unpack_from(">I4s", view, position)
        header = 8
        if length == 1 and position + 16 <= len(view):
            (length,) = struct.unpack_from(">Q", view, position + 8)
            header = 16
        end = len(view) if length == 0 else position + length
        if cut:
            end = min(end, len(view))
        if not position + header <= end <= len(view):
            raise DamageError(f"the end of its box {kind!r} is missing")
        yield kind, view[position + header : end]
        position = end


def unpack(form: str, content: bytes | memoryview, offset: int = 0) -> tuple[Any, ...]:
    """Unpack numbers as `struct.unpack_from` does.

    Raises
    ------
    DamageError
        If there are not so many.
    """
    try:
        return struct.unpack_from(form, content, offset)
    except struct.error as error:
        raise DamageError("one of its boxes is cut short") from error
