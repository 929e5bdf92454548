"""The options that several commands share, in groups; most are those of ``autochrome colorize``.

Those of `color_options` and `file_options` are the fields of `ColorizeOptions`, by name;
`hint_options` fill its field `hints`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from autochrome.cli.variables import Switch

FORMATS = ("jpg", "png", "tif", "webp", "avif")

Command = TypeVar("Command", bound=Callable[..., Any])


def group(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several, in the order in which ``--help`` shall show them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# How the photographs are prepared that a model is measured on.
protocol_option = click.option(
    "--protocol",
    type=click.Choice(["shards", "full"]),
    default="shards",
    help="shards: short side and center crop of 128 pixels; full: 256.",
)

# Which these are, too.
measured_options = group(
    click.option(
        "--data",
        multiple=True,
        required=True,
        metavar="PATH",
        type=click.Path(exists=True, path_type=Path),
        help="A .parquet shard, a folder of shards, or a folder of photographs; may be repeated.",
    ),
    protocol_option,
    click.option(
        "--limit", type=click.IntRange(1), metavar="N", help="Only the first N photographs."
    ),
)

# Which photographs, and where their results go.
batch_options = group(
    click.option(
        "-o",
        "--output",
        metavar="OUT",
        help="A file for one photo; a folder if it exists, ends in / or there are several "
        "photos; - for stdout. By default NAME.color.EXT beside each photo. May be an address "
        "such as s3://bucket/folder/, as photos may.",
    ),
    click.option("-r", "--recursive", is_flag=True, help="Look for photos in sub-folders too."),
    click.option(
        "--files-from",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="Take photos from a list, one a line; - for stdin. Relative names keep their folders "
        "under OUT.",
    ),
    click.option("-0", "--null", is_flag=True, help="The list is separated by NUL, not by lines."),
    click.option(
        "--suffix",
        "output_mark",
        default=".color",
        metavar="TEXT",
        help="What outputs have at the end of their name; '' for nothing.",
    ),
    click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        help="The outputs' format.",
    ),
    click.option(
        "--overwrite",
        is_flag=True,
        help="Replace outputs that exist, but for those the journal knows to be the same.",
    ),
    click.option("--skip-existing", is_flag=True, help="Keep outputs that exist."),
    click.option(
        "--state",
        metavar="DIR",
        help="Where the journal is. By default in OUT/.autochrome, or in that of the one folder "
        "given; single photos, and outputs at an address, have none.",
    ),
    click.option(
        "--watch",
        is_flag=True,
        help="Wait for photos to come into the one folder given, until Ctrl-C.",
    ),
    click.option(
        "--variants",
        "num_variants",
        type=click.IntRange(2, 16),
        metavar="N",
        help="Make N plausible versions, 2 to 16: NAME.color-1.EXT, the ordinary one, and so on.",
    ),
)

# What the color looks like.
look_options = group(
    click.option(
        "--preset",
        type=click.Choice(["natural", "balanced", "vivid"]),
        default="balanced",
        help="How bold the color is; --vividness goes before.",
    ),
    click.option("--temperature", type=float, help="0.01 to 1: lower decides, higher averages."),
    click.option(
        "--vividness", type=float, help="-1 to 1: higher is bolder; the model's own if left out."
    ),
    click.option(
        "--smoothing",
        type=int,
        metavar="PASSES",
        help="0 to 5: how far neighbors that look alike become one color.",
    ),
    click.option(
        "--saturation", type=float, default=1.0, help="Factor on chroma; 0 gives a gray picture."
    ),
    click.option(
        "--strength",
        type=float,
        default=1.0,
        help="0 to 1: how much of the finished color is laid over the gray picture.",
    ),
    click.option(
        "--size",
        "working_side",
        type=click.IntRange(16, 1024),
        metavar="PIXELS",
        help="Short side at which the network sees the picture.",
    ),
    click.option(
        "--flip-averaging",
        is_flag=True,
        help="Average what the network says of the picture and of its mirror image, in twice "
        "its time.",
    ),
)

color_options = group(
    look_options,
    click.option("--skip-color", is_flag=True, help="Leave photos alone that are in color."),
)

# Colors that a person knows.
hint_options = group(
    click.option(
        "--hint",
        "hints",
        multiple=True,
        metavar="X,Y=#RRGGBB",
        help="The color at a place of one photo, in pixels from the top left or as "
        "50%,30%=#6090c0; #808080 takes color away. May be given again.",
    ),
    click.option(
        "--hints",
        "hints_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A text file of such hints, one a line.",
    ),
)

# What the file looks like.
file_options = group(
    click.option(
        "--quality",
        type=int,
        default=95,
        help="Of JPEG, WebP and AVIF, 1 to 100; refused where all outputs are PNG or TIFF.",
    ),
    click.option(
        "--profile",
        type=click.Choice(["srgb", "p3", "keep"]),
        default="srgb",
        help="Color space of the file: sRGB, Display P3, or the photo's own if it holds sRGB.",
    ),
    click.option(
        "--autorotate", is_flag=True, help="Turn the pixels upright and reset the orientation tag."
    ),
    click.option(
        "--provenance/--no-provenance",
        cls=Switch,
        default=True,
        help="Say in the file's XMP that an algorithm made its color.",
    ),
    click.option("--mark", is_flag=True, help="Draw a small visible mark in a corner."),
)

# What does the work.
model_options = group(
    click.option("--model", metavar="MODEL", help="A name ('autochrome models') or a folder."),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        help="What runs the network; see 'autochrome doctor'.",
    ),
)

telling_options = group(
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    click.option("-v", "--verbose", count=True, show_default=False, help="Log more; -vv for all."),
)

# How the work is done, and what is told of it.
run_options = group(
    model_options,
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
    click.option(
        "--jobs",
        type=click.IntRange(1),
        show_default="one a core",
        help="Photos worked on at a time.",
    ),
    click.option("--fail-fast", is_flag=True, help="Stop after the first photo that fails."),
    click.option("--dry-run", is_flag=True, help="Only print what would be written where."),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print one line of JSON a photo on stdout.",
    ),
    telling_options,
)
