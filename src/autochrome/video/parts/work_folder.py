"""The folder beside the output in which a film is worked on: ``film.mp4.parts``.

It holds the finished parts, the state of the scene in which the next one begins, and a journal
that says which they are. A part counts once the journal has it: whatever ends a run, the next one
goes on after the last part. When the film is done, the folder is removed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from autochrome.atomic import atomic_path, remove_abandoned, temporary_beside
from autochrome.errors import OutputError
from autochrome.video.contact_sheet import TILE
from autochrome.video.parts.fingerprint import differences
from autochrome.video.parts.scene_file import read_scene_state, write_scene_state
from autochrome.video.parts.segments import Segment
from autochrome.video.steady.scene import SceneState

_JOURNAL = "journal.json"
_LOCK = "lock"
_FORMAT = 1
_SO_FAR = "so-far"
_OURS = re.compile(rf"\d{{5}}\.\w+|\d{{5}}\.scene\.npz|{_SO_FAR}\.\w+|{TILE.pattern}")


@dataclass(frozen=True, eq=False)
class ResumePoint:
    """Where coloring goes on.

    Parameters
    ----------
    pts : time of the first frame that is not colored, in ticks of the clip.
    state : of its scene.
    """

    pts: int
    state: SceneState


@dataclass(eq=False)
class WorkFolder:
    """Parts of a film on disk.

    Parameters
    ----------
    path : of the folder.
    run : fingerprint of what is done in it.
    segments : the finished parts.
    resume : where to go on; None at the beginning, and when all is colored.
    is_colored : whether the last part is there.
    """

    path: Path
    run: dict[str, Any]
    segments: list[Segment] = field(default_factory=list)
    resume: ResumePoint | None = None
    is_colored: bool = False

    @property
    def frames(self) -> int:
        """How many frames the parts have."""
        return sum(segment.frames for segment in self.segments)

    @property
    def scenes(self) -> int:
        """How many scenes they reach into."""
        return self.segments[-1].scene + 1

    @property
    def ticks(self) -> int:
        """How long they are, in ticks of the clip."""
        return self.segments[-1].end - self.segments[0].first

    def next_segment(self, suffix: str) -> Path:
        """Name the file that the next part is written to before it is finished."""
        return temporary_beside(self.path / f"{len(self.segments) + 1:05d}{suffix}")

    def film_so_far(self, suffix: str) -> Path:
        """Name a film of the parts that there are, for a person to look at."""
        return self.path / f"{_SO_FAR}{suffix}"

    def add(self, segment: Segment, resume: ResumePoint | None) -> None:
        """Take in a finished part.

        Parameters
        ----------
        resume : where the next one begins; None after the last.

        Raises
        ------
        OutputError
            If it was encoded in another way than the parts before it.
        """
        if self.segments and self.segments[0].parameters != segment.parameters:
            raise OutputError(
                f"The encoder does not go on as it began in {self.path}",
                "Remove that folder and run this again",
            )
        number = len(self.segments) + 1
        written = self.path / segment.file
        file = f"{number:05d}{written.suffix}"
        written.replace(self.path / file)
        self.segments.append(_renamed(segment, file))
        if resume:
            write_scene_state(self._state_file(number), resume.state)
        self.resume, self.is_colored = resume, resume is None
        self._write()
        self._state_file(number - 1).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove our files, when the film is done; what a person has put there stays."""
        (self.path / _JOURNAL).unlink(missing_ok=True)  # first: without it nothing else counts
        for file in self.path.iterdir():
            if _OURS.fullmatch(file.name):
                file.unlink()

    def _state_file(self, number: int) -> Path:
        return self.path / f"{number:05d}.scene.npz"

    def _write(self) -> None:
        journal = {
            "format": _FORMAT,
            "run": self.run,
            "segments": [asdict(segment) for segment in self.segments],
            "next": self.resume.pts if self.resume else None,
        }
        with atomic_path(self.path / _JOURNAL) as temporary:
            temporary.write_text(json.dumps(journal, indent=1), encoding="utf-8")

    def load(self) -> None:
        """Read what earlier runs have finished.

        Raises
        ------
        OSError, ValueError, KeyError, TypeError, BadZipFile
            If the journal is damaged, or something that it names is missing.
        """
        journal = json.loads((self.path / _JOURNAL).read_text(encoding="utf-8"))
        if journal["format"] != _FORMAT:
            raise ValueError("the journal was written by another version")
        segments = [Segment(**segment) for segment in journal["segments"]]
        missing = [part.file for part in segments if not (self.path / part.file).is_file()]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        if journal["next"] is not None:
            state = read_scene_state(self._state_file(len(segments)))
            self.resume = ResumePoint(journal["next"], state)
        self.run, self.segments = journal["run"], segments
        self.is_colored = journal["next"] is None


def work_path(destination: Path) -> Path:
    """Name the folder for an output."""
    return destination.with_name(destination.name + ".parts")


@contextmanager
def open_work(destination: Path, run: dict[str, Any], *, restart: bool) -> Iterator[WorkFolder]:
    """Open the folder of an output, or make it; meanwhile no other run can.

    Parameters
    ----------
    run : fingerprint of what is to be done.
    restart : whether what was done of something else may be thrown away.

    Raises
    ------
    OutputError
        If another run is at work, or if there are parts that do not fit and may not be thrown away.
    """
    path = work_path(destination)
    path.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        try:
            remove_abandoned(path)
            yield _open(path, run, restart=restart)
        finally:
            _remove_if_empty(path)


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        if {file.name for file in path.iterdir()} <= {_LOCK}:
            (path / _LOCK).unlink(missing_ok=True)
            path.rmdir()


def _open(path: Path, run: dict[str, Any], *, restart: bool) -> WorkFolder:
    if not (path / _JOURNAL).exists():
        return WorkFolder(path, run)
    work = WorkFolder(path, run)
    try:
        work.load()
        changed = differences(run, work.run)
        reason = f"another {' and '.join(changed)}" if changed else ""
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        reason = f"a damaged journal ({error})"
    if not reason:
        return work
    if not restart:
        raise OutputError(
            f"{path} holds the work of an earlier run, with {reason}",
            "Run that command again to finish it; or remove the folder, or allow overwriting,"
            " to begin anew",
        )
    fresh = WorkFolder(path, run)
    fresh.clear()
    return fresh


def _renamed(segment: Segment, file: str) -> Segment:
    return Segment(**(asdict(segment) | {"file": file}))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl

    lock = path / _LOCK
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it until now may have removed it.
            is_ours = os.path.samestat(os.fstat(file.fileno()), lock.stat())
        except OSError:
            is_ours = False
        if not is_ours:
            raise OutputError(
                f"Another run is at work in {path}", "Wait for it, or choose another output"
            )
        yield
