"""A study's figures, as a Markdown page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autochrome.atomic import atomic_path
from autochrome.errors import OutputError
from autochrome.evaluate import Estimate


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], num_texts: int = 1) -> str:
    """Lay out a Markdown table: the first columns are texts, the others numbers."""
    rule = ["---"] * num_texts + ["---:"] * (len(titles) - num_texts)
    return "\n".join("| " + " | ".join(row) + " |" for row in (titles, rule, *rows))


def interval(estimate: Estimate, decimals: int = 1) -> str:
    """Write a value with its interval: ``12.3 [11.0, 13.5]``."""
    value, low, high = (f"{number:.{decimals}f}" for number in estimate)
    return f"{value} [{low}, {high}]"


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error}") from error


def write_results(folder: Path, name: str, page: str, figures: Mapping[str, Any]) -> None:
    """Write ``NAME.md`` and ``NAME.json`` into a folder; see `write_text`."""
    write_text(folder / f"{name}.md", page)
    write_text(folder / f"{name}.json", json.dumps(figures, indent=1) + "\n")
