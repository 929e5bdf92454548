"""The journal of a batch: what was planned, from what and how, and what became of it.

The plan is written before any work, each result after its file is in place, one transaction
each. A run that was killed between the two is found out by looking: what was planned, was not
there and is there now has been made, whole, because a photograph is written whole or not at all.

One file of SQLite on this machine, held by one run at a time, wherever the photographs are.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from autochrome import __version__
from autochrome.batch.fingerprint import Fingerprint, Stamp
from autochrome.batch.plan import Job
from autochrome.batch.storage import Location, Url
from autochrome.batch.worker import JobResult
from autochrome.errors import DiskFullError, OutputError

if TYPE_CHECKING:
    from autochrome.models import Manifest
    from autochrome.pipeline import ColorizeOptions

STATE_FOLDER = ".autochrome"
JOURNAL_FILE = "journal.sqlite"

_PRIMARY = 0xFF  # of the codes of SQLite: the higher bits only say more closely what went wrong
_SCHEMA = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS photographs (
    destination BLOB PRIMARY KEY,  -- relative to the folder of the journal, or an address
    source BLOB NOT NULL,          -- absolute; names need not be text
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
    options: ColorizeOptions, model: Manifest, *, num_variants: int | None = None
) -> str:
    """Return what is the same for two runs of one release of a model with the same options."""
    settings = {
        "weights": model.weights.sha256,
        "version": model.version,
        "input": asdict(model.input),
        "output": asdict(model.output),
        "decode": asdict(model.decode),
        "options": asdict(options),
        "variants": num_variants,
    }
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

    def find_made(self, jobs: Sequence[Job]) -> set[Job]:
        """Find the jobs whose outputs, which exist, are what this run would make.

        A source is the same if its place and its stamp are, or else, on this machine, if its
        content is; what is far away is not fetched to find out.

        Raises
        ------
        OutputError
            If another run holds the journal, or it cannot be read.
        """
        if self._connection is None and not self.path.exists():
            return set()
        with self._failures():
            look_up = partial(self._open().execute, _LOOK_UP)
            rows = {job: look_up((self._key(job.destination),)).fetchone() for job in jobs}
        known = {job: row for job, row in rows.items() if row is not None}
        stamps = _stamps(known)
        return {job for job, row in known.items() if self._is_made(job, row, stamps)}

    def _is_made(self, job: Job, row: Sequence[Any], stamps: dict[Location, Stamp]) -> bool:
        source, size, modified_ns, sha256, settings, version, status, *output = row
        if settings != self._settings or status not in ("planned", "done"):
            return False
        # Unpacked archives have other photographs of one size, name and time.
        unchanged = source == _name(job.source) and stamps.get(job.source) == (size, modified_ns)
        untouched = list(stamps.get(job.destination) or (None, None)) == output
        if status == "planned":
            # It was not there, or was another: made, but the run died before it could say so.
            return unchanged and not untouched
        if self._overwrite and not (untouched and version == __version__):
            return False
        return unchanged or (sha256 is not None and _sha256(job.source) == sha256)

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
            planned_then = {key for (key,) in connection.execute(_PLANNED)}
            kept = [job for job in jobs if job.skip and self._key(job.destination) in planned_then]
            made = self.find_made(kept)
            planned_now = [job for job in jobs if not job.skip]
            stamps = _stamps([*made, *planned_now])
            for job in made:
                stamp, output = stamps.get(job.source), stamps.get(job.destination)
                self._record(job, "done", stamp, _sha256(job.source), output, "{}")
            connection.executemany(_PLAN, (self._plan_row(job, stamps) for job in planned_now))
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
        job, output = result.job, result.output
        stamp, sha256 = result.fingerprint or (None, None)
        if result.status == "done":  # an engine need not know
            stamp = stamp or Stamp.take(job.source)
            output = output or Stamp.take(job.destination)
        with self._failures():
            self._record(job, result.status, stamp, sha256, output, _told(result))

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

    def _record(
        self,
        job: Job,
        status: str,
        stamp: Stamp | None,
        sha256: str | None,
        output: Stamp | None,
        told: str,
    ) -> None:
        row = (*(stamp or (None, None)), sha256, status, *(output or (None, None)), told)
        self._open().execute(_RECORD, (*row, self._key(job.destination)))

    def _plan_row(self, job: Job, stamps: dict[Location, Stamp]) -> tuple[Any, ...]:
        source = stamps.get(job.source, (None, None))
        output = stamps.get(job.destination, (None, None))
        key, name = self._key(job.destination), _name(job.source)
        return (
            *(key, name, *source, None, self._settings, __version__),
            *("planned", *output, None),
        )

    def _key(self, destination: Location) -> bytes:
        if isinstance(destination, Url):
            return _name(destination)
        try:
            return os.fsencode(os.path.relpath(destination, self.path.parent))
        except ValueError:  # on another drive
            return _name(destination)

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
            if schema < _SCHEMA:  # looking at a journal does not change it
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
            if error.sqlite_errorcode & _PRIMARY in (
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_CANTOPEN,
            ):
                raise self._forbidden(str(error)) from error
            raise OutputError(
                f"Cannot use the journal {self.path}: {error}",
                "Choose another --state for it; if it is damaged, remove it",
            ) from error
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise self._forbidden(error.strerror) from error
            raise OutputError(
                f"Cannot make the folder {self.path.parent}: {error.strerror}",
                "Choose another --state for the journal",
            ) from error

    def _forbidden(self, reason: str | None) -> OutputError:
        folder = self.path.parent
        advice = "Choose another --state for it"
        if folder.name == STATE_FOLDER:  # nobody has chosen it
            advice = f"The outputs would go to {folder.parent} too: choose another --output"
        return OutputError(f"Cannot write the journal {self.path}: {reason}", advice)


def _name(place: Location) -> bytes:
    return os.fsencode(str(place) if isinstance(place, Url) else place.absolute())


def _stamps(jobs: Iterable[Job]) -> dict[Location, Stamp]:
    return Stamp.take_all(place for job in jobs for place in (job.source, job.destination))


def _sha256(source: Location) -> str | None:
    known = Fingerprint.take(source) if isinstance(source, Path) else None
    return known.sha256 if known else None


def _told(result: JobResult) -> str:
    told: dict[str, Any] = {"seconds": round(result.seconds, 3)}
    if result.result:
        told |= asdict(result.result)
    if result.error:
        told["error"] = {"type": type(result.error).__name__, "message": str(result.error)}
    return json.dumps(told, default=str)
