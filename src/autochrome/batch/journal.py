"""The journal of a batch: what was planned, from what and how, and what became of it.

The plan is written before any work, each result after its file is in place, one transaction
each. A run that was killed between the two is found out by looking: what was planned, was not
there and is there now has been made, whole, because a photograph is written whole or not at all.

One file of SQLite, held by one run at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from autochrome import __version__
from autochrome.batch.fingerprint import Fingerprint, Stamp
from autochrome.batch.plan import Job
from autochrome.batch.worker import JobResult
from autochrome.errors import DiskFullError, OutputError

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions

STATE_FOLDER = ".autochrome"
JOURNAL_FILE = "journal.sqlite"

_SCHEMA = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS photographs (
    destination BLOB PRIMARY KEY,  -- relative to the folder of the journal; names need not be text
    source BLOB NOT NULL,
    source_size INTEGER,
    source_modified_ns INTEGER,
    source_sha256 TEXT,            -- NULL while planned
    settings TEXT NOT NULL,        -- see settings_digest
    version TEXT NOT NULL,         -- of Autochrome
    status TEXT NOT NULL,          -- planned, or that of the result
    output_size INTEGER,           -- of what was there when planned, of what was made when done
    output_modified_ns INTEGER,
    result TEXT                    -- JSON
) WITHOUT ROWID
"""
_LOOK_UP = """
SELECT source, source_size, source_modified_ns, source_sha256, settings, version, status,
    output_size, output_modified_ns
FROM photographs WHERE destination = ?
"""
_PLANNED = "SELECT destination FROM photographs WHERE status = 'planned'"
_PLAN = "INSERT OR REPLACE INTO photographs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RECORD = """
UPDATE photographs SET source_size = ?, source_modified_ns = ?, source_sha256 = ?, status = ?,
    output_size = ?, output_modified_ns = ?, result = ?
WHERE destination = ?
"""


def settings_digest(
    options: ColorizeOptions, weights_sha256: str, *, num_variants: int | None = None
) -> str:
    """Return what is the same for two runs exactly if they color alike."""
    settings = {"weights": weights_sha256, "options": asdict(options), "variants": num_variants}
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


class Journal:
    """The journal in a folder, read if it is there, made by `begin` if it is not.

    Parameters
    ----------
    folder : where it is, or shall be.
    settings : of this run; see `settings_digest`.
    overwrite : whether this run may replace outputs. Then only what this version has made, and
        nobody has touched since, counts as made.
    """

    def __init__(self, folder: Path, settings: str, *, overwrite: bool = False) -> None:
        self.path = folder / JOURNAL_FILE
        self._settings = settings
        self._overwrite = overwrite
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def is_made(self, job: Job) -> bool:
        """Return whether the output of a job, which exists, is what this run would make.

        The source is the same if size and time of its last change are, or else if its content is.

        Raises
        ------
        OutputError
            If another run holds the journal, or it cannot be read.
        """
        if self._connection is None and not self.path.exists():
            return False
        with self._failures():
            row = self._open().execute(_LOOK_UP, (self._key(job.destination),)).fetchone()
        if row is None:
            return False
        source, size, modified_ns, sha256, settings, version, status, *output = row
        if settings != self._settings or status not in ("planned", "done"):
            return False
        unchanged = Stamp.take(job.source) == (size, modified_ns)
        untouched = list(Stamp.take(job.destination) or (None, None)) == output
        if status == "planned":
            # It was not there, or was another: made, but the run died before it could say so.
            return unchanged and not untouched and source == os.fsencode(job.source.absolute())
        if self._overwrite and not (untouched and version == __version__):
            return False
        return unchanged or _sha256(job.source) == sha256

    def begin(self, jobs: Sequence[Job]) -> None:
        """Take down what is going to be done, and what a run that died has done unrecorded.

        Raises
        ------
        OutputError
            If another run holds the journal, or it cannot be written.
        """
        with self._failures():
            connection = self._open()
            # The plan must survive a power cut; of the results the last may be lost.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN")
            planned = {key for (key,) in connection.execute(_PLANNED)}
            for job in jobs:
                if job.skip and self._key(job.destination) in planned and self.is_made(job):
                    self._record(job, "done", Fingerprint.take(job.source), "{}")
            connection.executemany(_PLAN, (self._plan_row(job) for job in jobs if not job.skip))
            connection.execute("COMMIT")
            connection.execute("PRAGMA synchronous = NORMAL")

    def record(self, result: JobResult) -> None:
        """Take down what became of a job, in one transaction.

        Raises
        ------
        OutputError
            If the journal cannot be written.
        """
        if result.job.skip or not result.begun:
            return
        with self._failures():
            self._record(result.job, result.status, result.fingerprint, _told(result))

    def end(self) -> None:
        """Forget what was planned and not begun: what appears there later is not from this run.

        Raises
        ------
        OutputError
            If the journal cannot be written.
        """
        with self._failures():
            self._open().execute("DELETE FROM photographs WHERE status = 'planned'")

    def close(self) -> None:
        """Let go of the journal."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _record(self, job: Job, status: str, known: Fingerprint | None, told: str) -> None:
        stamp = known.stamp if known else Stamp.take(job.source)
        output = Stamp.take(job.destination)
        row = (
            *(stamp or (None, None)),
            *(known.sha256 if known else None, status, *(output or (None, None)), told),
        )
        self._open().execute(_RECORD, (*row, self._key(job.destination)))

    def _plan_row(self, job: Job) -> tuple[Any, ...]:
        source = os.fsencode(job.source.absolute())
        stamp = Stamp.take(job.source) or (None, None)
        output = Stamp.take(job.destination) or (None, None)
        return (
            *(self._key(job.destination), source, *stamp, None, self._settings, __version__),
            *("planned", *output, None),
        )

    def _key(self, destination: Path) -> bytes:
        try:
            return os.fsencode(os.path.relpath(destination, self.path.parent))
        except ValueError:  # on another drive
            return os.fsencode(destination.absolute())

    def _open(self) -> sqlite3.Connection:
        if self._connection:
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            # Held until closed, which also makes the write-ahead log work on network shares.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN EXCLUSIVE")
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            if schema > _SCHEMA:
                raise OutputError(
                    f"The journal {self.path} was written by a newer Autochrome",
                    "Update, or choose another --state",
                )
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA user_version = {_SCHEMA}")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise OutputError(
                    f"Another run is at work on {self.path}",
                    "Wait for it to end, or choose another --output or --state",
                ) from error
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise DiskFullError(
                    f"The disk of {self.path} is full", "Make room and run this again"
                ) from error
            raise OutputError(
                f"Cannot use the journal {self.path}: {error}",
                "Choose another --state for it; if it is damaged, remove it",
            ) from error
        except OSError as error:
            raise OutputError(
                f"Cannot make the folder {self.path.parent}: {error.strerror}",
                "Choose another --state for the journal",
            ) from error


def _sha256(path: Path) -> str:
    known = Fingerprint.take(path)
    return known.sha256 if known else ""


def _told(result: JobResult) -> str:
    told: dict[str, Any] = {"seconds": round(result.seconds, 3)}
    if result.result:
        told |= asdict(result.result)
    if result.error:
        told["error"] = {"type": type(result.error).__name__, "message": str(result.error)}
    return json.dumps(told, default=str)
