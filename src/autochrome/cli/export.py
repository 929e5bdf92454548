"""``autochrome export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autochrome.train.precision import Precision


@click.command()
@click.argument("weights", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the model: NAME.onnx and manifest.json are written into it.",
)
@click.option("--name", help="Name of the model [the output folder's].")
@click.option("--version", "model_version", default="0", show_default=True)
@click.option("--side", type=click.IntRange(min=32), default=160, show_default=True,
              help="Working short side in pixels.")  # fmt: skip
@click.option("--temperature", type=click.FloatRange(0, 1, min_open=True), default=0.38,
              show_default=True, help="Of the annealed mean, if the system has one.")  # fmt: skip
@click.option("--vividness", type=click.FloatRange(-1, 1), default=0.0, show_default=True,
              help="How far saturated colors are favored, likewise.")  # fmt: skip
@click.option("--smoothing", type=click.IntRange(0, 5), default=0, show_default=True,
              help="How far neighbors that look alike become one color, in passes.")  # fmt: skip
@click.option("--exposure", type=click.FloatRange(0, 1, max_open=True), default=0.0,
              show_default=True,
              help="Luminance to brighten highlights of dark photographs to.")  # fmt: skip
@click.option("--rebalancing", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="How much of its class rebalancing is taken out again.")  # fmt: skip
@click.option("--boldness", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="How much bolder answers get with each halving of the side.")  # fmt: skip
@click.option("--precision", type=click.Choice(["fp16", "int8"]), default="fp16",
              show_default=True,
              help="How large weights are stored: int8 saves half of the largest.")  # fmt: skip
@click.option(
    "--details",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON with what the weights do not know: description, licence, training, metrics.",
)
def export(
    weights: Path,
    output: Path,
    name: str | None,
    model_version: str,
    side: int,
    temperature: float,
    vividness: float,
    smoothing: int,
    exposure: float,
    rebalancing: float,
    boldness: float,
    precision: Precision,
    details: Path | None,
) -> None:
    """Export WEIGHTS (weights.safetensors) as a model that 'autochrome colorize' can use."""
    from autochrome.train.release import Knobs, release

    manifest = release(
        weights,
        output,
        name=name or output.resolve().name,
        version=model_version,
        knobs=Knobs(
            side=side,
            temperature=temperature,
            vividness=vividness,
            smoothing=smoothing,
            exposure=exposure,
            rebalancing=rebalancing,
            boldness=boldness,
        ),
        details=details,
        precision=precision,
    )
    click.echo(f"{output / manifest.weights.file}: sha256 {manifest.weights.sha256}")
