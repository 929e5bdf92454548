"""How long work reports its progress, without knowing who is watching."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Wraps an iterable and shows how far it has come."""

    def __call__(self, items: Iterable[T], *, total: int | None, description: str) -> Iterable[T]:
        """Yield every item unchanged."""
        ...


def no_progress(items: Iterable[T], *, total: int | None, description: str) -> Iterable[T]:
    """Show nothing: the default everywhere in the library."""
    return items
