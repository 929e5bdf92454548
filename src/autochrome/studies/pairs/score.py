"""How often people took the colorized picture for the photograph."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from autochrome.errors import UsageError
from autochrome.studies.pairs.key import Key

_NORMAL_QUANTILE = 1.959964  # of 97.5 %


class Score(NamedTuple):
    """How often a model's pictures were taken for the photograph, of how many answers.

    ``low`` and ``high`` are the 95 % Wilson interval of the share. It takes answers for
    independent: those of one person are not quite.
    """

    fooled: int
    answers: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the answers that were fooled; one half is what nobody can better."""
        return self.fooled / self.answers


def score_answers(answers: Sequence[Path], folder: Path) -> dict[str, Score]:
    """Score the answers of one or more people.

    Parameters
    ----------
    answers : files that the page has saved.
    folder : of the pairs, with their key.

    Returns
    -------
    By model, in alphabetic order; the checks are `CHECK`. A pair without an answer does not
    count.

    Raises
    ------
    UsageError
        If a file cannot be read, is about other pairs, or holds the answers of another one.
    """
    key = Key.read(folder)
    by_content: dict[bytes, Path] = {}
    fooled: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for path in answers:
        chosen_sides = _read(path, key)
        # Answers have their milliseconds: those of two people are never the same.
        content = path.read_bytes()
        if content in by_content:
            raise UsageError(
                f"{path} holds the answers of {by_content[content]}", "Give each person's once"
            )
        by_content[content] = path
        for number, chosen in chosen_sides.items():
            pair = key.pairs[number - 1]
            total[pair.model] += 1
            fooled[pair.model] += chosen != pair.photograph
    if not total:
        raise UsageError("there is no answer to score")
    return {
        model: Score(fooled[model], total[model], *wilson(fooled[model], total[model]))
        for model in sorted(total)
    }


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); `total` is at least 1."""
    z, share = _NORMAL_QUANTILE, hits / total
    center = share + z**2 / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return max(0.0, (center - reach) / scale), min(1.0, (center + reach) / scale)


def _read(path: Path, key: Key) -> dict[int, str]:
    """Read the chosen side by the number of the pair."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        study = content["study"]
        chosen = {int(answer["pair"]): str(answer["chosen"]) for answer in content["answers"]}
    # Infinity is a number in Python's JSON, and brackets may be nested deeper than it can go.
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{path} holds no answers: {error}", "Save them at the end of the page"
        ) from error
    if study != key.study:
        raise UsageError(f"{path} answers other pairs", "Give the folder it was made with")
    if not all(
        1 <= number <= len(key.pairs) and side in ("left", "right")
        for number, side in chosen.items()
    ):
        raise UsageError(f"{path} answers pairs that there are not")
    return chosen
