"""The root command: knows the others by name, loads the one that is asked for."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from autochrome import __version__
from autochrome.cli.failure import failures
from autochrome.cli.variables import name_variables


class LazyCommand(NamedTuple):
    """Where a command is (``module:attribute``) and the line that `--help` shows for it."""

    target: str
    help: str


COMMANDS = {
    "colorize": LazyCommand("autochrome.cli.colorize:colorize", "Colorize photographs."),
    "video": LazyCommand("autochrome.cli.video:video", "Colorize a film."),
    "serve": LazyCommand("autochrome.cli.serve:serve", "Serve a page and an API."),
    "models": LazyCommand(
        "autochrome.cli.models:models", "List models and their licenses, add some."
    ),
    "doctor": LazyCommand("autochrome.cli.doctor:doctor", "Check that everything works."),
    "page": LazyCommand(
        "autochrome.cli.page:page", "Write a page that works in the browser alone."
    ),
    "evaluate": LazyCommand("autochrome.cli.evaluate:evaluate", "Measure a model."),
    "examine": LazyCommand(
        "autochrome.cli.examine:examine", "Look closely at a model: decoding, skin, failures."
    ),
    "train": LazyCommand("autochrome.cli.train:train", "Train a model."),
    "compare": LazyCommand(
        "autochrome.cli.compare:compare", "Train systems alike and measure them."
    ),
    "probe": LazyCommand("autochrome.cli.probe:probe", "Measure what a network has learned."),
    "interpret": LazyCommand(
        "autochrome.cli.interpret:interpret", "Let a classifier read colorized photographs."
    ),
    "export": LazyCommand("autochrome.cli.export:export", "Export a trained model."),
    "data": LazyCommand("autochrome.cli.data:data", "Prepare photographs for training."),
    "figures": LazyCommand("autochrome.cli.figures:figures", "Draw how colorization works."),
    "pairs": LazyCommand("autochrome.cli.pairs:pairs", "Ask people which is the photograph."),
    "completion": LazyCommand(
        "autochrome.cli.completion:completion", "Print a shell completion script."
    ),
}


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it runs; its help needs no import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        name_variables(command, f"AUTOCHROME_{cmd_name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of subcommands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a subcommand, or an option."""
        names = [
            CompletionItem(name, help=command.help)
            for name, command in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def make_context(self, *args: Any, **how: Any) -> click.Context:
        """Parse the line up to a subcommand; --help and --version write here."""
        with failures():
            return super().make_context(*args, **how)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; its errors become a message and an exit code."""
        with failures():
            return super().invoke(ctx)


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="""\b
Exit codes:
  0  done                     5  model missing or damaged
  2  wrong usage              6  an extra or a device is missing
  3  unreadable input         7  out of memory
  4  output not writable      8  part of a batch failed
  70 internal error         130  interrupted

Every option of a command can be set by an environment variable that is called after
both: AUTOCHROME_COLORIZE_SKIP_COLOR=1 stands for 'autochrome colorize --skip-color'.
""",
)
@click.version_option(__version__)
def cli() -> None:
    """Colorize black-and-white photographs."""


def main() -> None:
    """Run the command line."""
    cli(prog_name="autochrome")
