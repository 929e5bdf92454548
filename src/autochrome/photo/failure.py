"""Errors of libvips as errors of ours."""

from __future__ import annotations

import pyvips

from autochrome.errors import AutochromeError, PhotoMemoryError, UnreadablePhotoError

_NO_MEMORY = ("out of memory", "unable to allocate", "cannot allocate memory")


def read_failure(name: str, error: pyvips.Error | MemoryError) -> AutochromeError:
    """Say what is wrong with a photograph that could not be read."""
    if is_memory_failure(error):
        return memory_failure(name)
    return UnreadablePhotoError(
        f"Cannot read {name}: it is damaged or cut short ({reason(error)})",
        "Copy or scan it again",
    )


def memory_failure(name: str) -> PhotoMemoryError:
    """Say that a photograph needs more memory than there is."""
    return PhotoMemoryError(
        f"Not enough memory for {name}", "Close other programs, or run fewer jobs at a time"
    )


def is_memory_failure(error: BaseException) -> bool:
    """Return whether an error is about memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _NO_MEMORY)


def reason(error: BaseException) -> str:
    """Return the last line libvips said: the cause, not the trail."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "unknown reason"
