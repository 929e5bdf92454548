"""What stays the same in the folder of a comparison, whenever it is gone on with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autochrome.data import PhotoStore
from autochrome.errors import UsageError
from autochrome.studies.comparison.conditions import Conditions
from autochrome.studies.pages import write_text


def claim_conditions(output: Path, conditions: Conditions) -> None:
    """Let a folder hold one comparison: a run under other conditions would not compare.

    Raises
    ------
    UsageError
        If it holds another one.
    """
    _claim(
        output / "conditions.json",
        asdict(conditions),
        f"{output} holds a comparison under other conditions",
        "Give the same --photographs, --side, --width and --seed, or choose another folder",
    )


def claim_photographs(output: Path, store: PhotoStore) -> None:
    """Let all systems learn from the same photographs, those that are trained later too.

    Raises
    ------
    UsageError
        If others have learned from other photographs.
    """
    digest = hashlib.sha256()
    for values in (store.heights, store.widths, store.pixels):
        digest.update(values.cpu().contiguous().numpy().data)
    _claim(
        output / "training_photographs.json",
        {"num_photographs": len(store), "sha256": digest.hexdigest()},
        f"the systems in {output} have learned from other photographs",
        "Give the same --data, or choose another folder",
    )


def _claim(path: Path, values: dict[str, Any], conflict: str, advice: str) -> None:
    """Record what must stay as it is, or compare it with what is recorded."""
    if not path.exists():
        write_text(path, json.dumps(values, indent=2) + "\n")
    elif _read_claim(path) != values:
        raise UsageError(conflict, advice)


def _read_claim(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(
            f"{path} is damaged: {error}",
            "Delete it if the runs beside it are to be gone on from, or choose another folder",
        ) from error
