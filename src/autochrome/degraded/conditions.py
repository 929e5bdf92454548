"""Conditions by name; each is imported when it is asked for, with what it needs."""

from __future__ import annotations

from autochrome.errors import UsageError
from autochrome.evaluate import CLEAN, Condition

CONDITIONS = ("clean", "old", "surveillance")


def open_condition(name: str) -> Condition:
    """Return one of `CONDITIONS`.

    Raises
    ------
    UsageError
        If there is none of that name.
    ModuleNotFoundError
        If what it needs is not installed; the command line names the extra.
    """
    if name == "clean":
        return CLEAN
    if name == "old":
        from autochrome.degraded.old import old

        return Condition(name, old)
    if name == "surveillance":
        from autochrome.degraded.surveillance import surveillance

        return Condition(name, surveillance)
    raise UsageError(f"there is no condition '{name}'", f"There are {', '.join(CONDITIONS)}")
