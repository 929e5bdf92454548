"""Words of messages."""

from __future__ import annotations


def count(number: int, what: str) -> str:
    """Say how many there are: ``1 photograph``, ``2,000 photographs``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
