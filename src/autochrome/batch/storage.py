"""Where photographs are: a local path, or an address such as ``s3://bucket/scans/1912.tif``.

Addresses are those of fsspec, which is imported when the first one is seen. A photograph from
afar is colored in a local temporary folder: fetched as a stream, sent back whole.
"""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from autochrome.errors import (
    AutochromeError,
    MissingExtraError,
    OutputError,
    UnreadablePhotoError,
    UsageError,
)
from autochrome.photo.failure import disk_failure

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")  # two letters or more: C:// is a drive
_TOPS = ("", "/")
_FEW = 8  # files are asked for one by one, folders listed one by one; of more, what they share
_PACKAGES_OF_EXTRA = ("fsspec", "s3fs")
_CHECK = "Check the address, the credentials and the connection"


class Url:
    """The address of a photograph or folder, with what planning needs of `pathlib.Path`.

    Parameters
    ----------
    text : ``scheme://path``; nothing in it is escaped, a slash at its end does not matter.
    """

    def __init__(self, text: str) -> None:
        match = _SCHEME.match(text)
        if not match:
            raise ValueError(f"{text!r} is no address")
        self.scheme = match[1].lower()
        rest = text[match.end() :]
        self.path = rest.rstrip("/") or rest[:1]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __truediv__(self, below: str | PurePath) -> Url:
        path = below.as_posix() if isinstance(below, PurePath) else below
        return self if path == "." else Url(f"{self}{'/' * (self.path not in _TOPS)}{path}")

    @property
    def name(self) -> str:
        """What comes after the last slash."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The end of the name, from its last dot on."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> Url:
        """The folder it is in."""
        top = "/" * self.path.startswith("/")
        return Url(f"{self.scheme}://{self.path.rpartition('/')[0] or top}")

    def is_dir(self) -> bool:
        """Tell whether something is stored below it."""
        with _failing(UnreadablePhotoError, f"reach {self}"):
            filesystem, path = _open(self)
            return bool(filesystem.isdir(path))

    def exists(self) -> bool:
        """Tell whether something is stored there."""
        return self.info() is not None

    def info(self) -> Info | None:
        """Tell what the storage knows of what is stored there; None if nothing is."""
        with _failing(OutputError, f"reach {self}"):
            filesystem, path = _open(self)
            try:
                return dict(filesystem.info(path))
            except FileNotFoundError:
                return None

    def files(self, *, recursive: bool) -> dict[str, Info]:
        """List the files below it: their paths from here, sorted, and what is known of each."""
        with _failing(UnreadablePhotoError, f"list {self}"):
            filesystem, path = _open(self)
            found = filesystem.find(path, maxdepth=None if recursive else 1, detail=True)
            # Some file systems answer with a slash in front, whatever they were asked.
            top = path.strip("/")
            below = {name.lstrip("/").removeprefix(top).lstrip("/"): name for name in found}
            return {name: dict(found[below[name]]) for name in sorted(below)}


Location = Path | Url
Info = dict[str, Any]
"""What a storage knows of a file, by fsspec's names: ``size``, and others that differ."""


def location(name: str | Path | Url) -> Location:
    """Tell an address from a path; ``file://`` is a path."""
    if not isinstance(name, str):
        return name
    match = _SCHEME.match(name)
    if not match:
        return Path(name)
    if match[1].lower() in ("file", "local"):
        return Path(unquote(name[match.end() :], errors="surrogateescape"))
    return Url(name)


def path_below(inner: Location, outer: Location) -> PurePath:
    """Return the way from a folder to a file or folder in it."""
    if isinstance(inner, Url):
        return PurePosixPath(str(inner).removeprefix(str(outer)).strip("/"))
    return inner.relative_to(str(outer))


def look_up(urls: Iterable[Url]) -> dict[Url, Info]:
    """Find out what is stored at which of many addresses, with few questions.

    Raises
    ------
    OutputError
        If the storage does not answer.
    """
    wanted = set(urls)
    if len(wanted) <= _FEW:
        return {url: info for url in wanted if (info := url.info()) is not None}
    folders = {url.parent for url in wanted}
    if recursive := len(folders) > _FEW:
        by_top: dict[str, list[Url]] = defaultdict(list)
        for url in wanted:
            by_top[_top(url)].append(url)
        folders = {_shared_folder(below) for below in by_top.values()}
    found: dict[Url, Info] = {}
    for folder in folders:
        try:
            listed = folder.files(recursive=recursive)
        except UnreadablePhotoError as error:
            raise OutputError(error.message, error.advice) from error
        found |= {folder / name: info for name, info in listed.items()}
    return {url: found[url] for url in wanted & found.keys()}


@contextmanager
def local_files(
    source: Location, destination: Location, *, overwrite: bool
) -> Iterator[tuple[Path, Path]]:
    """Give local paths to read the source from and to write the result to.

    What is far away is fetched before, and sent when the block has ended well and made it: in one
    piece, so that a store of objects shows the whole result or none. Errors name the true place.

    Raises
    ------
    UnreadablePhotoError
        If the source cannot be fetched.
    OutputError
        If the result cannot be sent, or exists and may not be overwritten.
    DiskFullError
        If there is no room here for what is fetched.
    """
    if isinstance(source, Path) and isinstance(destination, Path):
        yield source, destination
        return
    with TemporaryDirectory(prefix="autochrome-") as name:
        here: dict[Path, Location] = {}
        near, far = (
            place if isinstance(place, Path) else Path(name, f"{what}{place.suffix}")
            for what, place in (("source", source), ("result", destination))
        )
        here = {near: source, far: destination}
        if isinstance(source, Url):
            _fetch(source, near)
        try:
            yield near, far
        except AutochromeError as error:
            for path, place in here.items():
                error.message = error.message.replace(str(path), str(place))
            raise
        if isinstance(destination, Url) and far.exists():
            _send(far, destination, overwrite)


def _fetch(source: Url, path: Path) -> None:
    with _failing(UnreadablePhotoError, f"read {source}"):
        filesystem, remote = _open(source)
        try:
            filesystem.get_file(remote, str(path))
        except OSError as error:
            if full := disk_failure(path, error):
                raise full from error
            raise


def _send(path: Path, destination: Url, overwrite: bool) -> None:
    if not overwrite and destination.exists():
        raise OutputError(f"{destination} exists already", "Allow overwriting (--overwrite)")
    with _failing(OutputError, f"write {destination}"):
        filesystem, remote = _open(destination)
        filesystem.put_file(str(path), remote)


def _open(url: Url) -> tuple[Any, str]:
    """Find the file system of an address, and the path it uses for it."""
    try:
        fsspec: Any = importlib.import_module("fsspec.core")
    except ImportError as error:
        raise _missing(url, "fsspec") from error
    try:
        filesystem, path = fsspec.url_to_fs(str(url))
    except ImportError as error:
        cause = error.__cause__
        missing = cause if isinstance(cause, ImportError) else error
        raise _missing(url, missing.name or f"the package for {url.scheme}") from error
    except ValueError as error:
        raise UsageError(f"{url.scheme}:// is not a kind of address that is known") from error
    filesystem.invalidate_cache()  # others write there too
    return filesystem, path


def _missing(url: Url, package: str) -> MissingExtraError:
    what = "autochrome[remote]" if package in _PACKAGES_OF_EXTRA else package
    return MissingExtraError(
        f"{package} is not installed, which {url.scheme}:// needs", f"Run: pip install '{what}'"
    )


@contextmanager
def _failing(kind: type[AutochromeError], doing: str) -> Iterator[None]:
    """Whatever a storage raises, each after its own fashion, becomes one clear line."""
    try:
        yield
    except AutochromeError:
        raise
    except Exception as error:
        lines = str(error).splitlines()
        reason = lines[0].rstrip(".") if lines else type(error).__name__
        raise kind(f"Cannot {doing}: {reason}", _CHECK) from error


def _top(url: Url) -> str:
    return f"{url.scheme}://{url.path.partition('/')[0]}"


def _shared_folder(urls: list[Url]) -> Url:
    paths = [url.parent.path.split("/") for url in urls]
    shared = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return Url(f"{urls[0].scheme}://{'/'.join(shared)}")
