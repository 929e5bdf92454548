"""``autochrome page``: the page without a server."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--runtime",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="ONNX Runtime Web: package/dist of what 'npm pack onnxruntime-web' brings.",
)
@click.option("--model", metavar="MODEL", help="A name ('autochrome models') or a folder.")
def page(folder: Path, runtime: Path, model: str | None) -> None:
    """Write a page that colors photographs in the browser alone into FOLDER.

    Any web server can serve the folder, from any address; after the first visit it works without
    a network. No photograph leaves the browser. It needs more time than 'autochrome serve', knows
    neither hints nor variants, gives 8 bits and keeps no metadata.
    """
    from autochrome.models import DEFAULT_MODEL
    from autochrome.web.static_site import write_static_site

    manifest = write_static_site(folder, runtime=runtime, model=model or DEFAULT_MODEL)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    click.echo(f"{folder}: {size / 2**20:.0f} MiB. Try it: python -m http.server -d {folder}")
    click.echo(f"Whoever serves it passes the weights on: {manifest.licence.weights}")
