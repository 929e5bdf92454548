"""``autochrome serve``: a page and an API on one's own machine."""

from __future__ import annotations

import os
import webbrowser
from typing import Any
from urllib.parse import quote

import click

from autochrome.cli.log import start_logging
from autochrome.cli.options import model_options

# Options are named for whoever types them.
_SETTINGS = {
    "allow_host": "allowed_hosts",
    "allow_origin": "allowed_origins",
    "jobs": "workers",
    "queue": "waiting",
    "timeout": "timeout_s",
}
_OTHERS = "Whoever reaches this machine through a network can use it"


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0 takes a free one.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--token",
    metavar="TOKEN",
    help="Ask clients for it; better given as AUTOCHROME_SERVE_TOKEN, which no process list shows.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="A name under which the server may be asked, besides localhost. May be given again.",
)
@click.option(
    "--allow-origin",
    multiple=True,
    metavar="URL",
    help="A web site whose pages may use the API. May be given again.",
)
@model_options
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one a core",
    help="Photos worked on at a time.",
)
@click.option(
    "--queue",
    type=click.IntRange(0),
    default=256,
    help="Photos that may wait; more are answered with 503.",
)
@click.option("--timeout", type=float, default=120.0, help="Seconds a photo may take.")
@click.option("--max-megabytes", type=float, default=256.0, help="Of one upload.")
@click.option("--max-megapixels", type=float, default=100.0, help="Refuse larger photos, unread.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", count=True, show_default=False, help="Log requests; -vv for all.")
def serve(
    open_page: bool, model: str | None, device: Any, quiet: bool, verbose: int, **given: Any
) -> None:
    """Serve a page and an API, on this machine only unless --host says otherwise.

    Photos stay on this machine, and nothing is asked of any other. Ctrl-C stops the server once
    the photos it has accepted are done.

    \b
    autochrome serve --open
    curl --data-binary @old.jpg -o new.jpg http://127.0.0.1:8000/v1/colorize
    AUTOCHROME_SERVE_TOKEN=... autochrome serve --host 0.0.0.0 --allow-host studio.example.org
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.cli.failure import tell
    from autochrome.models import DEFAULT_MODEL
    from autochrome.pipeline import Colorizer
    from autochrome.web import ServerSettings
    from autochrome.web import serve as run

    settings = ServerSettings(**{_SETTINGS.get(name, name): value for name, value in given.items()})
    start_logging(verbose, times=True)
    colorizer = Colorizer.open(model or DEFAULT_MODEL, device=device, num_threads=1)

    def ready(address: str) -> None:
        if not quiet:  # without the token, for this may end in a log
            tell(f"Autochrome is at {address}  (Ctrl-C stops it)")
            if not settings.is_local:
                tell(_OTHERS if settings.token else f"{_OTHERS}, and needs no --token")
        if open_page:
            webbrowser.open(address + (f"#token={quote(settings.token)}" if settings.token else ""))

    run(colorizer, settings, ready)
