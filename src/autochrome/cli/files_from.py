"""``--files-from``: the list of photographs that another program has made."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autochrome.batch import Source
from autochrome.batch.storage import Url, location
from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.photo.naming import READABLE_SUFFIXES

_STDIN = "-"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_list(file: str, *, null: bool) -> list[str | Source]:
    """Read names of files, folders and patterns, separated by line breaks or NUL.

    A file's relative name keeps its folders under the output; others are taken as if they stood on
    the command line. An address that ends as photographs do is one: of many in a list, each would
    have to be asked for.

    Raises
    ------
    UsageError
        If a name holds a NUL: the list is separated by it.
    UnreadablePhotoError
        If the list cannot be read.
    """
    if file == _STDIN and sys.stdin is None:
        raise UnreadablePhotoError("Cannot read the list from stdin: it is closed")
    try:
        data = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
    except OSError as error:
        raise UnreadablePhotoError(f"Cannot read the list {file}: {error.strerror}") from error
    if null:
        names = data.split(b"\0")
    elif b"\0" in data:
        raise UsageError(f"The list {file} is separated by NUL", "Add --null")
    else:
        names = [name.rstrip(b"\r") for name in data.removeprefix(_BYTE_ORDER_MARK).split(b"\n")]
    return [_named(os.fsdecode(name)) for name in names if name]


def _named(name: str) -> str | Source:
    path = location(name)
    if isinstance(path, Url):
        is_photograph = path.suffix.lower() in READABLE_SUFFIXES and not name.endswith("/")
        return Source(path, path.parent) if is_photograph else name
    keeps_folders = not path.is_absolute() and ".." not in path.parts
    return Source(path, Path()) if keeps_folders and path.is_file() else name
