"""``autochrome models``: what is installed, and on which terms; more of it, or less."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autochrome.models import Manifest


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a model.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List the models, what they were trained on, and their licenses; add and remove some.

    The license of the code and the license of the weights are two things: many collections of
    training photographs allow research only.
    """
    if context.invoked_subcommand is not None:
        return
    from autochrome.models import list_models

    for manifest in list_models():
        if as_json:
            content = asdict(manifest)
            del content["decode"]["prior"], content["parity"]  # numbers that only programs need
            click.echo(json.dumps(content))
        else:
            click.echo(_describe(manifest))


@models.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace an installed model of the same name.")
def add(path: Path, overwrite: bool) -> None:
    """Copy the model in the folder PATH to where it is known by its name."""
    from autochrome.models import add_model

    manifest, weights_path = add_model(path, overwrite=overwrite)
    click.echo(f"{manifest.name} {manifest.version} is in {weights_path.parent}")


@models.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the model NAME that was added."""
    from autochrome.models import remove_model

    click.echo(f"{name} is no longer in {remove_model(name)}")


def _describe(manifest: Manifest) -> str:
    licence = manifest.licence
    return "\n".join(
        [
            f"{manifest.name} {manifest.version}  {manifest.weights.bytes / 2**20:.1f} MiB",
            f"  {manifest.description}",
            f"  system            {manifest.system}, recipe {manifest.recipe}",
            f"  license, code     {licence.code}",
            f"  license, weights  {licence.weights}",
            "  trained on",
            *(f"    {source.name}: {source.terms}" for source in licence.sources),
        ]
    )
