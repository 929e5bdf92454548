"""From files, folders and patterns to the photographs they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
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


def _expand(path: Path, recursive: bool, mark: str) -> list[Source]:
    if is_pattern(path):
        found = _matches(path, mark)
        return found or [Source(path, path.parent)]  # to fail by its name, as a file would
    if is_folder(path):
        return _look_in(path, None if recursive else 1, lambda file: _is_taken(file, mark))
    return [Source(path, path.parent)]


def _matches(pattern: Path, mark: str) -> list[Source]:
    """Find what matches, below the last folder that is written out."""
    parts = pattern.parts
    fixed = next(i for i, part in enumerate(parts) if not _MAGIC.isdisjoint(part))
    root, wanted = Path(*parts[:fixed]), parts[fixed:]
    return _look_in(
        root,
        None if _ANY_DEPTH in wanted else len(wanted),
        lambda file: _fits(file.relative_to(root).parts, wanted) and _is_taken(file, mark),
    )


def _look_in(root: Path, depth: int | None, is_wanted: Callable[[Path], bool]) -> list[Source]:
    """Find files down to a depth, and the folders that cannot be read, sorted by path."""
    found = []
    unreadable: list[Path] = []
    for parent, folders, files in os.walk(
        root, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        level = len(Path(parent).relative_to(root).parts) + 1
        deeper = depth is None or level < depth
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        found += [
            Source(path, root) for path in (Path(parent, f) for f in files) if is_wanted(path)
        ]
    for folder in filter(is_folder, unreadable):  # those that have vanished are no loss
        found.append(Source(folder, folder.parent if folder == root else root))
    return sorted(found, key=lambda source: source.path)


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == _ANY_DEPTH:
        # As in a shell, a last ** stands for the files at any depth.
        rest = wanted[1:] or ("*",)
        return any(_fits(parts[i:], rest) for i in range(len(parts)))
    return bool(parts) and fnmatch(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


def _is_taken(path: Path, mark: str) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in READABLE_SUFFIXES and not hidden and not is_result(path, mark)
