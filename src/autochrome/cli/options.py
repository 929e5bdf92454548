"""The options of ``autochrome colorize``, in groups.

Those of `color_options` and `file_options` are the fields of `ColorizeOptions`, by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

FORMATS = ("jpg", "png", "tif", "webp", "avif")

Command = TypeVar("Command", bound=Callable[..., Any])


def _group(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several, in the order in which ``--help`` shall show them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# Which photographs, and where their results go.
batch_options = _group(
    click.option(
        "-o",
        "--output",
        metavar="OUT",
        help="A file for one photo; a folder if it exists, ends in / or there are several "
        "photos; - for stdout. By default NAME.color.EXT beside each photo.",
    ),
    click.option("-r", "--recursive", is_flag=True, help="Look for photos in sub-folders too."),
    click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        envvar="AUTOCHROME_COLORIZE_FORMAT",
        help="The outputs' format.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace outputs that exist."),
    click.option("--skip-existing", is_flag=True, help="Keep outputs that exist."),
    click.option("--jobs", type=click.IntRange(1), default=1, help="Photos worked on at a time."),
)

# What the color looks like.
color_options = _group(
    click.option("--temperature", type=float, help="0 to 1: lower decides, higher averages."),
    click.option(
        "--vividness", type=float, help="-1 to 1: below 0 more natural, above more vivid."
    ),
    click.option(
        "--saturation", type=float, default=1.0, help="Factor on chroma; 0 gives a gray photo."
    ),
    click.option(
        "--size",
        "working_side",
        type=int,
        metavar="PIXELS",
        help="Short side at which the network sees the photo.",
    ),
)

# What the file looks like.
file_options = _group(
    click.option("--quality", type=int, default=95, help="Of JPEG, WebP and AVIF, 1 to 100."),
)

# How the work is done, and what is told of it.
run_options = _group(
    click.option("--model", metavar="MODEL", help="A name ('autochrome models') or a folder."),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        help="What runs the network; see 'autochrome doctor'.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        help="Who does the work: this process, or all cores of a Ray cluster.",
    ),
    click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="Of a running cluster; without it, Ray is started on this machine.",
    ),
    click.option(
        "--max-megapixels",
        type=float,
        default=2000.0,
        metavar="M",
        help="Refuse larger photos, unread.",
    ),
    click.option("--dry-run", is_flag=True, help="Only print what would be written where."),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        envvar="AUTOCHROME_COLORIZE_JSON",
        help="Print one line of JSON a photo on stdout.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    click.option("-v", "--verbose", count=True, show_default=False, help="Log more; -vv for all."),
)
