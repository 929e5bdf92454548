"""``autochrome models``: what is installed, and on which terms."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autochrome.models import Manifest


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a model.")
def models(as_json: bool) -> None:
    """List the models, what they were trained on, and their licenses.

    The license of the code and the license of the weights are two things: many collections of
    training photographs allow research only.
    """
    from autochrome.models import list_models

    for manifest in list_models():
        if as_json:
            content = asdict(manifest)
            del content["decode"]["prior"], content["parity"]  # numbers that only programs need
            click.echo(json.dumps(content))
        else:
            click.echo(_describe(manifest))


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
