"""Errors that Autochrome raises on purpose.

::

    AutochromeError                 70  internal, never raised itself
    ├── UsageError                   2  an option or argument makes no sense
    ├── UnreadablePhotoError         3  missing, truncated, or not a photograph
    │   └── PhotoTooLargeError       3  more megapixels than allowed
    ├── UnreadableVideoError         3  missing, without a picture, or not a film
    ├── OutputError                  4  cannot be written, or would overwrite
    │   └── DiskFullError            4  there is no room left; a batch stops
    ├── ModelError                   5  missing, damaged or unknown model
    ├── MissingExtraError            6  an optional dependency is not installed
    │   └── DeviceUnavailableError   6  the device asked for cannot be used
    ├── PhotoMemoryError             7  not enough memory
    ├── BatchError                   8  some files of a batch failed
    └── StoppedError               130  stopped when asked to; can go on later

The number is the exit code of the command line. The library raises; only the command
line turns an error into an exit code.
"""

from __future__ import annotations


class AutochromeError(Exception):
    """Base of every deliberate error: what went wrong, and what to do about it.

    Parameters
    ----------
    message : what went wrong, naming the file or option.
    advice : what the user can do now; empty if the message says it already.
    """

    exit_code = 70

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}. {self.advice}" if self.advice else self.message


class UsageError(AutochromeError, ValueError):
    """An option or argument makes no sense."""

    exit_code = 2


class UnreadablePhotoError(AutochromeError):
    """The input is missing, truncated, or not a photograph."""

    exit_code = 3


class PhotoTooLargeError(UnreadablePhotoError):
    """The input has more pixels than the limit allows."""


class UnreadableVideoError(AutochromeError):
    """The film is missing or broken, has no picture, or one that cannot be colored."""

    exit_code = 3


class OutputError(AutochromeError):
    """The output cannot be written, or would overwrite something."""

    exit_code = 4


class DiskFullError(OutputError):
    """There is no room left where the output goes: no other photograph would fare better."""


class ModelError(AutochromeError):
    """A model is unknown, missing or damaged."""

    exit_code = 5


class MissingExtraError(AutochromeError):
    """An optional dependency is not installed; the advice is the install line."""

    exit_code = 6


class DeviceUnavailableError(MissingExtraError):
    """The device asked for cannot be used; the advice says how to get it."""


class PhotoMemoryError(AutochromeError, MemoryError):
    """There is not enough memory for this photograph."""

    exit_code = 7


class BatchError(AutochromeError):
    """Some files of a batch failed; the others are done."""

    exit_code = 8


class StoppedError(AutochromeError):
    """A film was stopped when somebody asked for it; the advice says how to go on."""

    exit_code = 130
