"""From files, folders and patterns to the photographs they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from autochrome.batch.storage import Location, Url, location, path_below
from autochrome.photo.naming import OUTPUT_MARK, READABLE_SUFFIXES, is_result
from autochrome.photo.stream import is_special_file

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

    path: Location
    root: Location


def find_sources(
    inputs: Iterable[str | Location | Source],
    *,
    recursive: bool = False,
    mark: str = OUTPUT_MARK,
    leave_out: Callable[[Location], object] = lambda file: None,
) -> list[Source]:
    """Find the photographs that files, folders and patterns stand for.

    Parameters
    ----------
    inputs : files, folders, and patterns of ``*``, ``?``, ``[abc]`` and ``**`` (any number of
        sub-folders), by path or by the address of a storage (``s3://bucket/scans``); what exists
        by its name is never taken for a pattern. Of folders and patterns come photographs only:
        no pipes, devices, outputs of ours or hidden files. What has been found already is taken
        as it is.
    recursive : descend into sub-folders of folders. Links to folders are not followed.
    mark : by which our own outputs are recognized, besides the usual one.
    leave_out : is told of the other files of folders and patterns, but for our outputs and
        hidden ones.

    Returns
    -------
    In order of the inputs, a folder's sorted by path, every file once. What is missing, and a
    folder that cannot be read, is among them: it fails on its own, with its reason.

    Raises
    ------
    UnreadablePhotoError, OutputError
        If a storage does not answer.
    """
    first: dict[str, Source] = {}
    is_wanted = partial(_is_taken, mark=mark, leave_out=leave_out)
    for given in inputs:
        if isinstance(given, Source):
            found = [given]
        else:
            found = _expand(location(given), recursive, is_wanted)
        for source in found:
            # Not resolved: a link is a photograph with a name, and so an output, of its own.
            path = source.path
            name = str(path) if isinstance(path, Url) else os.path.normcase(path.absolute())
            first.setdefault(name, source)
    return list(first.values())


def is_folder(path: Location) -> bool:
    """Return whether a place is a folder; not an error where it is forbidden to look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_pattern(path: Location) -> bool:
    """Return whether an input is a pattern, and not a file that is called like one."""
    if not _has_magic(path):
        return False
    return not (path.exists() if isinstance(path, Url) else os.path.lexists(path))


def _has_magic(path: Location) -> bool:
    return not _MAGIC.isdisjoint(str(path))


def _expand(path: Location, recursive: bool, is_wanted: Callable[[Location], bool]) -> list[Source]:
    if is_pattern(path):
        found = _matches(path, is_wanted)
        return found or [Source(path, path.parent)]  # to fail by its name, as a file would
    if is_folder(path):
        return _look_in(path, None if recursive else 1, is_wanted)
    return [Source(path, path.parent)]


def _matches(pattern: Location, is_wanted: Callable[[Location], bool]) -> list[Source]:
    """Find what matches, below the last folder that is written out."""
    root: Location = pattern
    wanted: tuple[str, ...] = ()
    while _has_magic(root):
        root, wanted = root.parent, (root.name, *wanted)
    return _look_in(
        root,
        None if _ANY_DEPTH in wanted else len(wanted),
        lambda file: _fits(path_below(file, root).parts, wanted) and is_wanted(file),
    )


def _look_in(
    root: Location, depth: int | None, is_wanted: Callable[[Location], bool]
) -> list[Source]:
    """Find files down to a depth, and the folders that cannot be read, sorted by path."""
    if isinstance(root, Path):
        return _walk(root, depth, is_wanted)
    names = [name for name in root.files(recursive=depth != 1) if "/." not in f"/{name}"]
    near = (root / name for name in names if depth is None or name.count("/") < depth)
    return [Source(url, root) for url in near if is_wanted(url)]


def _walk(root: Path, depth: int | None, is_wanted: Callable[[Path], bool]) -> list[Source]:
    found: list[tuple[Path, Path]] = []
    unreadable: list[Path] = []
    for parent, folders, files in os.walk(
        root, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        level = len(Path(parent).relative_to(root).parts) + 1
        deeper = depth is None or level < depth
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        wanted = (path for path in (Path(parent, name) for name in files) if is_wanted(path))
        found += [(path, root) for path in wanted if not is_special_file(path)]
    for folder in filter(is_folder, unreadable):  # those that have vanished are no loss
        found.append((folder, folder.parent if folder == root else root))
    return [Source(path, root) for path, root in sorted(found)]


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == _ANY_DEPTH:
        # As in a shell, a last ** stands for the files at any depth.
        rest = wanted[1:] or ("*",)
        return any(_fits(parts[i:], rest) for i in range(len(parts)))
    return bool(parts) and fnmatch(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


def _is_taken(path: Location, mark: str, leave_out: Callable[[Location], object]) -> bool:
    if path.name.startswith(".") or is_result(Path(path.name), mark):
        return False
    is_photograph = path.suffix.lower() in READABLE_SUFFIXES
    if not is_photograph:
        leave_out(path)
    return is_photograph
