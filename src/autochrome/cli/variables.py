"""The environment variables that stand for options."""

from __future__ import annotations

import os

import click
from click.core import ParameterSource


class Switch(click.Option):
    """An option ``--x/--no-x``: each of the two has its variable; that of ``--x`` goes before."""

    off_variable = ""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return what the variables say, as if it were that of ``--x``."""
        given = super().resolve_envvar_value(ctx)
        off = os.environ.get(self.off_variable)
        if given is None and off:
            return str(not click.BOOL.convert(off, self, ctx))
        return given


def name_variables(command: click.Command, prefix: str) -> None:
    """Let every option of a command, and of those below it, be set by a variable.

    Its name is what is typed: ``--skip-color`` of ``colorize`` is AUTOCHROME_COLORIZE_SKIP_COLOR.
    Click's own way takes the name of the function's parameter, which nobody sees.

    Parameters
    ----------
    command : changed in place.
    prefix : what its variables begin with, without the last underscore.
    """
    for option in command.params:
        if isinstance(option, click.Option):
            option.envvar = _variable(prefix, option.opts)
        if isinstance(option, Switch):
            option.off_variable = _variable(prefix, option.secondary_opts)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            name_variables(below, f"{prefix}_{name}")


def given_here() -> frozenset[str]:
    """Name the options of the running command that were typed.

    A variable is for many commands, and may have nothing to say to this one.
    """
    context = click.get_current_context()
    return frozenset(
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    )


def _variable(prefix: str, spellings: list[str]) -> str:
    long = next(spelling for spelling in spellings if spelling.startswith("--"))
    return f"{prefix}{long[1:]}".replace("-", "_").upper()
