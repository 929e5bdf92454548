"""Trained weights that a study gives a name, as ``NAME=PATH``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from autochrome.errors import UsageError


def named_weights(
    option: str, values: Iterable[str], taken: Collection[str] = ()
) -> dict[str, Path]:
    """Parse the values of an option; a name is given once, and is none of those `taken`.

    Raises
    ------
    UsageError
        If one is not NAME=PATH, its name is taken, or its path is no file.
    """
    paths: dict[str, Path] = {}
    for value in values:
        name, _, path = value.partition("=")
        if not name or name in {*taken, *paths} or not Path(path).is_file():
            raise UsageError(
                f"cannot use {option} {value!r}",
                f"Give NAME=PATH of a weights.safetensors, each NAME once{_other_than(taken)}",
            )
        paths[name] = Path(path)
    return paths


def _other_than(taken: Collection[str]) -> str:
    return f", other than {' and '.join(taken)}" if taken else ""
