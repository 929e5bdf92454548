"""A file that is kept in parts, each small enough for what has to carry it.

The parts lie beside a list of their names that has the file's own name and is written last: so
the file is replaced whole or not at all, as an undivided one is.
"""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path
from typing import BinaryIO

from autochrome.atomic import atomic_path

_FIRST_BYTES = b'{"parts": ['


def divide(whole: Path, path: Path, part_bytes: int) -> None:
    """Write the content of `whole` as `path` in parts of at most `part_bytes` each.

    Parameters
    ----------
    whole : the file to read.
    path : becomes the list; the parts are ``NAME.RANDOM-1``, ``NAME.RANDOM-2``, ...
    part_bytes : largest size of a part.
    """
    names: list[str] = []
    stamp = secrets.token_hex(4)
    with whole.open("rb") as source:
        while content := source.read(part_bytes):
            names.append(f"{path.name}.{stamp}-{len(names) + 1}")
            with atomic_path(path.with_name(names[-1])) as temporary:
                temporary.write_bytes(content)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"parts": names}))
    remove_other_parts(path)


def remove_other_parts(path: Path) -> None:
    """Remove the parts that `path` does not consist of, older ones and those of a killed writer."""
    names = part_names(path)
    for part in path.parent.glob(f"{path.name}.*-*"):
        if part.name not in names:
            part.unlink()


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
