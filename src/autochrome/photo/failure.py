"""Errors of libvips as errors of ours."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyvips

from autochrome.errors import (
    AutochromeError,
    DiskFullError,
    PhotoMemoryError,
    UnreadablePhotoError,
)

_NO_MEMORY = ("out of memory", "unable to allocate", "cannot allocate memory")
_NO_DECODER = ("is not configured", "decoding is not implemented")  # libtiff
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say what is wrong with a photograph, called `name`, that cannot be read.

    Raises
    ------
    UnreadablePhotoError
        If it is damaged, or compressed in an unknown way.
    PhotoMemoryError
        If there is not enough memory.
    """
    try:
        yield
    except (pyvips.Error, MemoryError) as error:
        raise _read_failure(name, error) from error


def _read_failure(name: str, error: pyvips.Error | MemoryError) -> AutochromeError:
    if is_memory_failure(error):
        return memory_failure(name)
    if any(sign in str(error) for sign in _NO_DECODER):
        return UnreadablePhotoError(
            f"Cannot read {name}: it is compressed in a way that is not known here "
            f"({reason(error)})",
            "Save it with LZW or deflate compression, or none",
        )
    return damage(name, reason(error))


def damage(name: str, cause: str) -> UnreadablePhotoError:
    """Say that a photograph is damaged."""
    return UnreadablePhotoError(
        f"Cannot read {name}: it is damaged or cut short ({cause})", "Copy or scan it again"
    )


def memory_failure(name: str) -> PhotoMemoryError:
    """Say that a photograph needs more memory than there is."""
    return PhotoMemoryError(
        f"Not enough memory for {name}", "Close other programs, or run fewer jobs at a time"
    )


def disk_failure(path: Path, error: OSError | pyvips.Error | MemoryError) -> DiskFullError | None:
    """Say that the disk of a file is full, if that is what went wrong."""
    number = error.errno if isinstance(error, OSError) else None
    # libvips passes on the words of the system only.
    if number in _NO_SPACE or any(os.strerror(full) in str(error) for full in _NO_SPACE):
        return DiskFullError(f"The disk of {path.parent} is full", "Make room and run this again")
    return None


def is_memory_failure(error: BaseException) -> bool:
    """Return whether an error is about memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _NO_MEMORY)


def reason(error: BaseException) -> str:
    """Return the last thing libvips said that tells something: the cause, not the trail."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # pyvips says first which of its functions failed, libtiff last that it did.
    telling = [line for line in lines[1:] if not line.endswith(": read error")]
    return (telling or lines or ["unknown reason"])[-1]
