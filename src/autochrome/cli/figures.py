"""``autochrome figures``: the literature's figures, drawn anew."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument(
    "photographs",
    nargs=-1,
    required=True,
    metavar="PHOTO...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the PNG files go; those of an earlier run are replaced.",
)
@click.option("--model", metavar="MODEL", help="A name ('autochrome models') or a folder.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def figures(photographs: tuple[Path, ...], output: Path, model: str | None, quiet: bool) -> None:
    """Draw how colorization works, on a color PHOTO: channels, gamut, network, distribution.

    The first PHOTO is the subject of all figures; others are shown before and after only.
    """
    from autochrome.cli.progress import terminal_progress
    from autochrome.models import DEFAULT_MODEL
    from autochrome.studies.figures import draw_figures

    progress = terminal_progress(quiet=quiet)
    for path in draw_figures(output, photographs, model or DEFAULT_MODEL, progress=progress):
        click.echo(path)
