"""Files that are kept for a while, under names nobody can guess."""

from __future__ import annotations

import secrets
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from autochrome.web.problems import ProblemError

T = TypeVar("T")


@dataclass
class Item(Generic[T]):
    """A folder of files, and what is known of them."""

    folder: Path
    value: T
    num_bytes: int
    last_used: float
    users: int = 0
    removed: bool = False


class Shelf(Generic[T]):
    """Keeps items until they are old, or too many, or too large; the longest unused goes first.

    Parameters
    ----------
    max_items, max_bytes : of all together.
    kept_s : how long after it was last used.
    """

    def __init__(self, *, max_items: int, max_bytes: float, kept_s: float) -> None:
        self._items: OrderedDict[str, Item[T]] = OrderedDict()
        self._max_items = max_items
        self._max_bytes = max_bytes
        self.kept_s = kept_s

    def __len__(self) -> int:
        return len(self._items)

    def put(self, folder: Path, value: T) -> str:
        """Keep a folder, which is the shelf's from now on; return the id of the item."""
        num_bytes = sum(path.stat().st_size for path in folder.iterdir())
        item_id = secrets.token_urlsafe(16)
        self._items[item_id] = Item(folder, value, num_bytes, monotonic())
        self.sweep()
        return item_id

    @contextmanager
    def using(self, item_id: str) -> Iterator[Item[T]]:
        """Use an item, whose files stay there meanwhile.

        Raises
        ------
        ProblemError
            If there is none of this id, or no longer.
        """
        self.sweep()
        item = self._items.get(item_id)
        if item is None:
            raise ProblemError(
                "gone",
                "There is nothing of this id, or no longer",
                "Send the photograph again",
            )
        self._items.move_to_end(item_id)
        item.users += 1
        try:
            yield item
        finally:
            item.users -= 1
            item.last_used = monotonic()
            if item.removed and not item.users:
                shutil.rmtree(item.folder, ignore_errors=True)

    def remove(self, item_id: str) -> None:
        """Remove an item if it is there; its files go when nobody uses them."""
        item = self._items.pop(item_id, None)
        if item is None:
            return
        item.removed = True
        if not item.users:
            shutil.rmtree(item.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what is old, and what is too much."""
        oldest = monotonic() - self.kept_s
        expired = [
            name for name, item in self._items.items() if item.last_used < oldest and not item.users
        ]
        for name in expired:
            self.remove(name)
        total = sum(item.num_bytes for item in self._items.values())
        while len(self._items) > max(1, self._max_items) or total > self._max_bytes:
            if len(self._items) <= 1:  # what has just come stays, whatever its size
                return
            name, item = next(iter(self._items.items()))
            total -= item.num_bytes
            self.remove(name)
