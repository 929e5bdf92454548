"""Refuse, before any work, outputs that would replace each other or an input."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from autochrome.batch.storage import Location, Url
from autochrome.errors import OutputError

_NAMED = 10  # so many collisions are named


class Writes(Protocol):
    """What is read from one place and written to another."""

    @property
    def source(self) -> Location:
        """What is read."""
        ...

    @property
    def destination(self) -> Location:
        """What is written."""
        ...


def refuse_collisions(jobs: Sequence[Writes]) -> None:
    """Refuse jobs of which two write one file, or one writes an input.

    Two names that differ in case only are one where the file system takes them for one.

    Raises
    ------
    OutputError
        If there are any; it names the first of them.
    """
    sources = {_resolved(job.source): job.source for job in jobs}
    writers: dict[str, Writes] = {}
    caseless: dict[str, Writes] = {}
    replaced: list[str] = []
    doubled: list[str] = []
    for job in jobs:
        target = _resolved(job.destination)
        if target in sources:
            replaced.append(f"Writing {job.destination} would replace the input {sources[target]}")
        folded = unicodedata.normalize("NFC", target).casefold()
        twin = writers.get(target) or caseless.get(folded)
        if twin and (target in writers or _ignores_case(job.destination.parent)):
            doubled.append(
                f"{twin.source} and {job.source} would both be written to {job.destination}"
            )
        writers[target] = caseless[folded] = job
    if replaced:
        raise OutputError(_first_of(replaced), "Choose another --output")
    if doubled:
        raise OutputError(
            _first_of(doubled),
            "Rename one, or colorize them in separate runs with another --output",
        )


def _first_of(lines: list[str]) -> str:
    more = len(lines) - _NAMED
    return "\n".join(lines[:_NAMED] + [f"and {more} more"] * (more > 0))


def _resolved(place: Location) -> str:
    if isinstance(place, Url):
        return str(place)
    return os.path.normcase(os.path.realpath(place))  # unlike resolve(), no error on a loop


def _ignores_case(folder: Location) -> bool:
    """Try it on a name in the folder, or in the nearest one that has any."""
    if isinstance(folder, Url):
        return False
    for parent in (folder, *folder.absolute().parents):
        try:
            names = {entry.name for entry in os.scandir(parent)}
        except OSError:
            continue
        for name in names:
            # A name that is there, in a case that is not.
            if (swapped := name.swapcase()) not in names:
                return os.path.lexists(parent / swapped)
    return False
