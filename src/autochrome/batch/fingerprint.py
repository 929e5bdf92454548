"""What tells one content of a file from another."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """Size in bytes and time of the last change: cheap, and enough if both are unchanged."""

    size: int
    modified_ns: int

    @classmethod
    def take(cls, path: Path) -> Stamp | None:
        """Look at a file; None if it cannot be looked at."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_size, status.st_mtime_ns)


class Fingerprint(NamedTuple):
    """A file's stamp, and the SHA-256 of its content: the truth if the stamps differ."""

    stamp: Stamp
    sha256: str

    @classmethod
    def take(cls, path: Path) -> Fingerprint | None:
        """Read a file; None if it cannot be read."""
        stamp = Stamp.take(path)  # before the content: a change while reading shows later
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        return cls(stamp, digest) if stamp else None
