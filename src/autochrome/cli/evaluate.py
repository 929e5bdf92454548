"""``autochrome evaluate``: measure models on photographs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.cli.options import measured_options
from autochrome.cli.progress import terminal_progress

if TYPE_CHECKING:
    from autochrome.evaluate import Report
    from autochrome.pipeline import ColorizeOptions
    from autochrome.pipeline.session import Device


@click.command(context_settings={"show_default": True})
@click.option(
    "--model",
    "models",
    multiple=True,
    required=True,
    metavar="MODEL",
    help="A name ('autochrome models'), a folder, grey or truth; several give several rows.",
)
@measured_options
@click.option(
    "--condition",
    type=click.Choice(["clean", "old", "surveillance"]),
    default="clean",
    help="State of the lightness that a model sees: an old print, or a camera at night.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a model.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto")
@click.option("--working-side", type=int, metavar="PIXELS", help="Size the network sees.")
@click.option("--temperature", type=float, metavar="T", help="Annealed mean's, in (0, 1].")
@click.option(
    "--vividness",
    type=float,
    metavar="V",
    help="-1 to 1: higher is bolder; the model's own if left out.",
)
@click.option("--smoothing", type=int, metavar="PASSES", help="0 none to 5.")
@click.option("--flip-averaging", is_flag=True, help="Average with the mirror image's answer.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def evaluate(
    models: tuple[str, ...],
    data: tuple[Path, ...],
    protocol: str,
    condition: str,
    limit: int | None,
    as_json: bool,
    device: Device,
    working_side: int | None,
    temperature: float | None,
    vividness: float | None,
    smoothing: int | None,
    flip_averaging: bool,
    quiet: bool,
) -> None:
    """Measure models on photographs whose colors are known.

    \b
    autochrome evaluate --model lumiere --model grey --data val.parquet
    autochrome evaluate --model lumiere --data photographs/ --protocol full --json
    autochrome evaluate --model lumiere --data val.parquet --condition old
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    import json

    from autochrome.cli.left_out import tell_left_out
    from autochrome.degraded import open_condition
    from autochrome.evaluate import PROTOCOLS, PhotographSet, markdown_table
    from autochrome.pipeline import ColorizeOptions

    photographs = PhotographSet(data, limit)
    progress = terminal_progress(quiet=quiet)
    # All is opened before the first model is measured: a misspelt name, what is not installed,
    # or an option that one of them cannot follow, shows at once.
    seen = open_condition(condition)
    options = ColorizeOptions(
        working_side=working_side,
        temperature=temperature,
        vividness=vividness,
        smoothing=smoothing,
        flip_averaging=flip_averaging,
    )
    measures = {model: _open(model, device, options) for model in models}
    reports: dict[str, Report] = {}
    for model, measure in measures.items():
        reports[model] = measure(photographs, PROTOCOLS[protocol], seen, progress=progress)
        if as_json:
            click.echo(json.dumps({"model": model, **reports[model].to_json()}))
    if not as_json:
        click.echo(markdown_table(reports))
    if not quiet:
        tell_left_out(photographs.left_out())


def _open(model: str, device: Device, options: ColorizeOptions) -> Callable[..., Report]:
    """Return what measures a model: photographs, protocol and condition to a report."""
    from autochrome.evaluate import evaluate, evaluate_truth, grey

    if model == "truth":
        return evaluate_truth
    if model == "grey":
        return partial(evaluate, grey)
    from autochrome.pipeline import Colorizer, check_options

    colorizer = Colorizer.open(model, device=device)
    check_options(options, colorizer.manifest.decode)
    return partial(evaluate, lambda lightness: colorizer.predict(lightness, options))
