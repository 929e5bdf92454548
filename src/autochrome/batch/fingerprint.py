"""What tells one content of a file from another."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autochrome.batch.storage import Info, Location, Url, look_up
from autochrome.errors import AutochromeError

# By what storages tell that a file has changed. First what is the same in a listing and in the
# answer to a question about one file: times are rounded differently there.
_VERSION = ("ETag", "etag", "generation", "mtime", "LastModified", "last_modified", "created")


class Stamp(NamedTuple):
    """Size in bytes and time of the last change: cheap, and enough if both are unchanged.

    In place of the time, what is at an address has a number made of what its storage says of its
    version: ``ETag``, or else a time.
    """

    size: int
    modified_ns: int

    @classmethod
    def take(cls, place: Location) -> Stamp | None:
        """Look at a file; None if it is none, or its storage tells no version."""
        return cls.take_all([place]).get(place)

    @classmethod
    def take_all(cls, places: Iterable[Location]) -> dict[Location, Stamp]:
        """Look at many files, those at addresses with few questions; see `take`."""
        places = list(places)
        stamps: dict[Location, Stamp] = {}
        for path in (place for place in places if isinstance(place, Path)):
            try:
                status = path.stat()
            except OSError:
                continue
            if not stat.S_ISREG(status.st_mode):  # a pipe might never be written to
                continue
            stamps[path] = cls(status.st_size, status.st_mtime_ns)
        try:
            infos = look_up(place for place in places if isinstance(place, Url))
        except AutochromeError:  # whoever reads or writes it will tell why
            return stamps
        found = {url: cls._of_info(info) for url, info in infos.items()}
        return stamps | {url: stamp for url, stamp in found.items() if stamp}

    @classmethod
    def _of_info(cls, info: Info) -> Stamp | None:
        size = info.get("size")
        version = next((info[key] for key in _VERSION if info.get(key)), None)
        if size is None or version is None:
            return None
        digest = hashlib.sha256(str(version).encode()).digest()
        return cls(size, int.from_bytes(digest[:7]))  # SQLite's integers have 63 bits


class Fingerprint(NamedTuple):
    """A file's stamp, and the SHA-256 of its content: the truth if the stamps differ."""

    stamp: Stamp
    sha256: str

    @classmethod
    def take(cls, path: Path) -> Fingerprint | None:
        """Look at a file and read it; None if it cannot be read."""
        return cls.of(path, Stamp.take(path))

    @classmethod
    def of(cls, path: Path, stamp: Stamp | None) -> Fingerprint | None:
        """Read a file, or the copy of one; None if it cannot be read.

        Its stamp was taken before: a change while reading shows later.
        """
        if stamp is None:
            return None
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        return cls(stamp, digest)
