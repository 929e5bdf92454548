"""``autochrome pairs``: can a person tell the photograph from the colorized one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from autochrome.cli.failure import tell
from autochrome.cli.words import count as count_of
from autochrome.errors import UsageError


@click.command(context_settings={"show_default": True})
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for the page and its pictures.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help="A name ('autochrome models') or a folder; several share the photographs.",
)
@click.option("--count", type=click.IntRange(2), default=100, metavar="N", help="Pairs at most.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, metavar="N", help="Which pairs, and their sides."
)
@click.option(
    "--score",
    "answers",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Answers that the page has saved, of the pairs in PATH; of several people if repeated.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def pairs(
    paths: tuple[Path, ...],
    output: Path | None,
    models: tuple[str, ...],
    count: int,
    seed: int,
    answers: tuple[Path, ...],
    quiet: bool,
) -> None:
    """Make a page that asks which of two pictures is the photograph, or score its answers.

    PATH is a .parquet shard, a folder of shards, or a folder of photographs in color; with
    --score it is the folder of the pairs. One pair in ten is a check.

    \b
    autochrome pairs -o test --model lumiere photographs/
    autochrome pairs --score answers.json test
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    if answers:
        if len(paths) != 1 or output or models:
            raise click.UsageError("--score takes the folder of the pairs, and nothing else.")
        _score(answers, paths[0])
        return
    if not output or not models:
        raise click.UsageError("To make pairs, give -o and --model.")
    from autochrome.cli.left_out import tell_left_out
    from autochrome.cli.progress import terminal_progress
    from autochrome.evaluate import PhotographSet
    from autochrome.studies.pairs import write_pairs

    photographs = PhotographSet(paths)
    key, num_gray = write_pairs(
        output,
        {model: _open(model) for model in models},
        photographs,
        count=count,
        seed=seed,
        progress=terminal_progress(quiet=quiet),
    )
    click.echo(f"{len(key.pairs)} pairs: open {output / 'index.html'} in a browser")
    if num_gray and not quiet:
        tell(f"Left out: {count_of(num_gray, 'gray photograph')}")
    if not quiet:
        tell_left_out(photographs.left_out())


def _open(model: str) -> Callable[..., Any]:
    from autochrome.pipeline import Colorizer
    from autochrome.studies.pairs.key import CHECK

    if model == CHECK:
        raise UsageError(f"a model cannot be called {CHECK!r} here", "Give its folder")
    return Colorizer.open(model).predict


def _score(answers: Sequence[Path], folder: Path) -> None:
    from autochrome.studies.pairs import score_answers
    from autochrome.studies.pairs.key import CHECK

    scores = score_answers(answers, folder)
    check = scores.pop(CHECK, None)
    for model, score in scores.items():
        click.echo(
            f"{model}: taken for the photograph in {score.fooled} of {score.answers}, "
            f"{score.share:.1%} [{score.low:.1%}, {score.high:.1%}]"
        )
    if check:
        click.echo(f"checks seen through: {check.answers - check.fooled} of {check.answers}")
