"""A file that is kept in parts, each small enough for what has to carry it.

The parts lie beside a list of their names that has the file's own name and is written last: so
the file is replaced whole or not at all, as an undivided one is.
"""

from __future__ import annotations

import io
import json
import re
import secrets
from pathlib import Path
from typing import BinaryIO

from autochrome.atomic import atomic_path, discard

_FIRST_BYTES = b'{"parts": ['


def write_parts(content: bytes, path: Path, part_bytes: int) -> None:
    """Write `content` as `path`, in parts of at most `part_bytes` each.

    `path` becomes the list; the parts are ``NAME.RANDOM-1``, ``NAME.RANDOM-2``, ...
    """
    stamp = secrets.token_hex(4)
    names: list[str] = []
    try:
        for first in range(0, len(content), part_bytes):
            names.append(f"{path.name}.{stamp}-{len(names) + 1}")
            with atomic_path(path.with_name(names[-1])) as temporary:
                temporary.write_bytes(content[first : first + part_bytes])
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps({"parts": names}))
    finally:
        remove_other_parts(path)


def remove_other_parts(path: Path) -> None:
    """Remove the parts that `path` does not consist of: older ones, and what a failure left."""
    names = part_names(path)
    part = re.compile(re.escape(path.name) + r"\.[0-9a-f]{8}-\d+")
    for found in path.parent.iterdir():
        if part.fullmatch(found.name) and found.name not in names:
            discard(found)


def part_names(path: Path) -> list[str]:
    """Name the parts of a file: none if it is undivided or missing."""
    try:
        with path.open("rb") as file:
            if file.read(len(_FIRST_BYTES)) != _FIRST_BYTES:
                return []
    except FileNotFoundError:
        return []
    names: list[str] = json.loads(path.read_text())["parts"]
    return names


def open_whole(path: Path) -> BinaryIO:
    """Open a file to read, divided or not.

    Raises
    ------
    FileNotFoundError
        If it, or a part of it, is missing.
    """
    names = part_names(path)
    if not names:
        return path.open("rb")
    return io.BytesIO(b"".join(path.with_name(name).read_bytes() for name in names))
