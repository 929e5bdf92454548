"""The labelled photographs that studies learn from and measure on, as options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.cli.options import group

if TYPE_CHECKING:
    from autochrome.studies.labelled import LabelledPhotographs

labelled_options = group(
    click.option(
        "--data",
        multiple=True,
        required=True,
        type=click.Path(exists=True, path_type=Path),
        help="Parquet shards with labelled photographs, or folders of them.",
    ),
    click.option(
        "--validation",
        multiple=True,
        required=True,
        type=click.Path(exists=True, path_type=Path),
        help="The same, of other photographs: to measure on.",
    ),
    click.option(
        "--labels",
        metavar="SOURCE",
        show_default="the one with most labels",
        help="The collection whose labels count.",
    ),
    click.option(
        "--limit", type=click.IntRange(2), metavar="N", help="Use the first N photographs of each."
    ),
)


def read_labelled(
    data: Sequence[Path], validation: Sequence[Path], labels: str | None, limit: int | None
) -> tuple[LabelledPhotographs, LabelledPhotographs]:
    """Read the photographs to learn from, and those of the same classes to measure on."""
    from autochrome.studies.labelled import LabelledPhotographs

    training = LabelledPhotographs(data, source=labels, limit=limit)
    return training, LabelledPhotographs(
        validation, source=training.source, classes=training.classes, limit=limit
    )
