"""From files, folders and patterns to the photographs they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from autochrome.photo import WRITABLE_SUFFIXES
from autochrome.photo.naming import OUTPUT_MARK, is_result

READABLE_SUFFIXES = WRITABLE_SUFFIXES | {
    *(".jpe", ".jfif", ".gif", ".bmp", ".heic", ".heif", ".jp2", ".jxl", ".pbm", ".pgm", ".ppm"),
}
"""What is picked up from a folder; a file named on its own is tried whatever its suffix."""

_MAGIC = frozenset("*?[")
_ANY_DEPTH = "**"


@dataclass(frozen=True, slots=True)
class Source:
    """A photograph and the folder from which on its sub-folders are kept.

    Parameters
    ----------
    path : the photograph.
    root : the folder or the fixed part of the pattern it was found by, or its own folder.
    """

    path: Path
    root: Path


def find_sources(
    inputs: Iterable[str | Path | Source], *, recursive: bool = False, mark: str = OUTPUT_MARK
) -> list[Source]:
    """Find the photographs that files, folders and patterns stand for.

    Parameters
    ----------
    inputs : files, folders, and patterns of ``*``, ``?``, ``[abc]`` and ``**`` (any number of
        sub-folders); what exists by its name is never taken for a pattern. Of folders and
        patterns come photographs only, our own outputs and hidden files excepted. What has been
        found already is taken as it is.
    recursive : descend into sub-folders of folders. Links to folders are not followed.
    mark : by which our own outputs are recognized, besides the usual one.

    Returns
    -------
    In order of the inputs, a folder's sorted by path, every file once. What is missing, and a
    folder that cannot be read, is among them: it fails on its own, with its reason.
    """
    first: dict[str, Source] = {}
    for given in inputs:
        found = [given] if isinstance(given, Source) else _expand(Path(given), recursive, mark)
        for source in found:
            # Not resolved: a link is a photograph with a name, and so an output, of its own.
            first.setdefault(os.path.normcase(source.path.absolute()), source)
    return list(first.values())


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; not an error where it is forbidden to look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_pattern(path: Path) -> bool:
    """Return whether an input is a pattern, and not a file that is called like one."""
    return not _MAGIC.isdisjoint(str(path)) and not os.path.lexists(path)


def _expand(path: Path, recursive: bool, mark: str) -> Iterator[Source]:
    if is_pattern(path):
        matches = list(_matches(path, mark))
        yield from matches or [Source(path, path.parent)]  # to fail by its name, as a file would
    elif is_folder(path):
        for file in sorted(_walk(path, None if recursive else 1)):
            if is_folder(file):  # that cannot be read; perhaps the input itself
                yield Source(file, min(path, file.parent))
            elif _is_taken(file, mark):
                yield Source(file, path)
    else:
        yield Source(path, path.parent)


def _matches(pattern: Path, mark: str) -> Iterator[Source]:
    """Find what matches, below the last folder that is written out."""
    parts = pattern.parts
    fixed = next(i for i, part in enumerate(parts) if not _MAGIC.isdisjoint(part))
    root, wanted = Path(*parts[:fixed]), parts[fixed:]
    depth = None if _ANY_DEPTH in wanted else len(wanted)
    for file in sorted(_walk(root, depth)):
        fits = _fits(file.relative_to(root).parts, wanted)
        if is_folder(file) or (fits and _is_taken(file, mark)):
            yield Source(file, min(root, file.parent))


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == _ANY_DEPTH:
        # As in a shell, a last ** stands for the files at any depth.
        rest = wanted[1:] or ("*",)
        return any(_fits(parts[i:], rest) for i in range(len(parts)))
    return bool(parts) and fnmatch(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


def _walk(folder: Path, depth: int | None) -> Iterator[Path]:
    """Yield the files down to a depth, and those folders that cannot be read."""
    unreadable: list[Path] = []
    for parent, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        level = len(Path(parent).relative_to(folder).parts) + 1
        deeper = depth is None or level < depth
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        yield from (Path(parent, name) for name in files)
    yield from unreadable


def _is_taken(path: Path, mark: str) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in READABLE_SUFFIXES and not hidden and not is_result(path, mark)
