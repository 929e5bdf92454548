"""The key of a folder of pairs: on which side the photograph is, and who colored the other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from autochrome.errors import UsageError

KEY_FILE = "key.json"
CHECK = "check"
"""In the place of a model: the color of another photograph, which anybody should see."""

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Pair:
    """One pair: the side of the ``photograph``, and the ``model`` of the other picture."""

    photograph: Side
    model: str

    def __post_init__(self) -> None:
        if self.photograph not in get_args(Side):
            raise ValueError(f"there is no side {self.photograph!r}")

    def picture(self, number: int, side: Side) -> str:
        """Name the file of a side of the pair of this number; it does not tell which it is."""
        return f"pictures/{number:04d}-{side}.webp"


@dataclass(frozen=True)
class Key:
    """All pairs, in the order in which they are shown, and a name for this drawing of them."""

    study: str
    pairs: tuple[Pair, ...]

    def to_json(self) -> str:
        """Return what `read` takes."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def read(cls, folder: Path) -> Key:
        """Read the key of a folder.

        Raises
        ------
        UsageError
            If there is none, or it is damaged.
        """
        path = folder / KEY_FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(content["study"], tuple(Pair(**pair) for pair in content["pairs"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise UsageError(
                f"{path} is not the key of a folder of pairs: {error}",
                "Give the folder that 'autochrome pairs -o' has written",
            ) from error
