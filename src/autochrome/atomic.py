"""Write a file or a folder whole or not at all, and clear away what dead writers have left.

A temporary file is called ``.autochrome-MACHINE-PID-RANDOM.part.EXT``: a later run knows by
it whether the writer can still be alive.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

_TEMPORARY = re.compile(r"\.autochrome-([0-9a-f]{8})-(\d+)-[0-9a-f]+\.part")
_DEAD_AFTER_S = 24 * 3600  # a living writer touches its file far more often


def temporary_beside(path: Path) -> Path:
    """Name a temporary file in the folder of `path`, with its suffix; nothing is made yet."""
    name = f".autochrome-{_machine()}-{os.getpid()}-{secrets.token_hex(8)}.part"
    return path.with_name(name + path.suffix.lower())


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; what is written there takes its name at the end.

    The folder is made if missing. The content is flushed to disk before the rename; after an
    error the temporary file is removed and `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        discard(temporary)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`, which takes its name at the end.

    `folder` must be missing or empty. After an error the temporary folder is removed.
    """
    temporary = temporary_beside(folder.resolve())
    temporary.mkdir(parents=True)
    try:
        yield temporary
        if folder.exists():
            folder.rmdir()  # not every system renames to a folder that is there
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def discard(temporary: Path) -> None:
    """Remove a temporary file if it is there and that is allowed; a later run tries again."""
    # A disk that is read-only refuses even what is not there, and would hide the first error.
    with suppress(OSError):
        temporary.unlink()


def remove_abandoned(folder: Path) -> list[Path]:
    """Remove the temporary files and folders in a folder (not below it) whose writers are dead.

    A writer on this machine is dead if its process has ended. Of other machines, on a folder
    that several share, that cannot be seen: what is theirs goes when untouched for a day.

    Returns
    -------
    What was removed. A file or folder that is missing or forbidden is left alone.
    """
    removed = []
    try:
        names = [entry.name for entry in os.scandir(folder) if _TEMPORARY.match(entry.name)]
    except OSError:
        return []
    for path in (folder / name for name in names):
        try:
            if not _is_abandoned(path):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed.append(path)
        except OSError:  # another run was faster, or it is not ours to remove
            continue
    return removed


def _is_abandoned(path: Path) -> bool:
    match = _TEMPORARY.match(path.name)
    assert match
    machine, pid = match.groups()
    if time.time() - _last_touched(path) > _DEAD_AFTER_S:
        return True
    return machine == _machine() and not _is_running(int(pid))


def _last_touched(path: Path) -> float:
    """Return when a file, or a folder or something in it, was last written to."""
    inside = list(path.iterdir()) if path.is_dir() else []
    times: list[float] = [each.stat().st_mtime for each in [path, *inside]]
    return max(times)


def _is_running(pid: int) -> bool:
    if os.name == "nt":
        return True  # kill() would end it; an open file cannot be removed there anyway
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


@cache
def _machine() -> str:
    """Return what a process number is unique in: the host and, in a container, the container."""
    told = [socket.gethostname()]  # many machines have one name
    with suppress(OSError):
        told.append(Path("/etc/machine-id").read_text())
    with suppress(OSError):
        told.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256(" ".join(told).encode()).hexdigest()[:8]
