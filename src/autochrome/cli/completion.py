"""``autochrome completion``: what a shell needs to complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL.

    \b
    bash:  echo 'eval "$(autochrome completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(autochrome completion zsh)"' >> ~/.zshrc
    fish:  autochrome completion fish > ~/.config/fish/completions/autochrome.fish
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    completion_class = get_completion_class(shell)
    assert completion_class is not None
    root = ctx.find_root().command
    click.echo(completion_class(root, {}, "autochrome", "_AUTOCHROME_COMPLETE").source())
