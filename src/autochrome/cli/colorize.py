"""``autochrome colorize``: photographs in, color photographs out."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import click

from autochrome.cli.stream import STREAM, colorize_stream, plan_stream
from autochrome.errors import UsageError

if TYPE_CHECKING:
    from autochrome.pipeline import Colorizer
    from autochrome.pipeline.session import Device

logger = logging.getLogger(__name__)

FORMATS = ("jpg", "png", "tif", "webp", "avif")


@click.command(context_settings={"show_default": True})
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="A file for one photo; a folder if it exists, ends in / or there are several photos; "
    "- for stdout. By default NAME.color.EXT beside each photo.",
)
@click.option("-r", "--recursive", is_flag=True, help="Look for photos in sub-folders too.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    envvar="AUTOCHROME_COLORIZE_FORMAT",
    help="The outputs' format.",
)
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option("--skip-existing", is_flag=True, help="Keep outputs that exist.")
@click.option("--dry-run", is_flag=True, help="Only print what would be written where.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    envvar="AUTOCHROME_COLORIZE_JSON",
    help="Print one line of JSON a photo on stdout.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", count=True, show_default=False, help="Log more; -vv for all.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="Photos worked on at a time.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="What runs the network; see 'autochrome doctor'.",
)
@click.option("--model", metavar="MODEL", help="A name ('autochrome models') or a folder.")
@click.option("--temperature", type=float, help="0 to 1: lower decides, higher averages colors.")
@click.option("--vividness", type=float, help="-1 to 1: below 0 more natural, above more vivid.")
@click.option(
    "--saturation", type=float, default=1.0, help="Factor on chroma; 0 gives a gray photo."
)
@click.option(
    "--working-side", type=int, metavar="PIXELS", help="Short side at which the network sees it."
)
@click.option("--quality", type=int, default=95, help="Of JPEG, WebP and AVIF, 1 to 100.")
@click.option(
    "--max-megapixels",
    type=float,
    default=2000.0,
    help="Refuse larger photos, unread.",
    metavar="M",
)
def colorize(
    photos: tuple[str, ...],
    output: str | None,
    recursive: bool,
    output_format: str | None,
    overwrite: bool,
    skip_existing: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: int,
    jobs: int,
    device: Device,
    model: str | None,
    max_megapixels: float,
    **settings: Any,
) -> None:
    """Colorize photos and folders of photos; - reads from stdin.

    \b
    autochrome colorize old.jpg                     writes old.color.jpg
    autochrome colorize old.jpg -o new.png
    autochrome colorize -r scans/ -o colorized/     keeps sub-folders
    autochrome colorize - < old.jpg > new.jpg
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.batch import plan_jobs, run_jobs
    from autochrome.cli.report import report_plan, report_results
    from autochrome.pipeline import ColorizeOptions

    _start_logging(verbose)
    options = ColorizeOptions(**settings)
    suffix = f".{output_format}" if output_format else None
    if STREAM in (*photos, output):
        if len(photos) > 1 or recursive or skip_existing or dry_run or as_json:
            raise UsageError(
                "- takes one photo and no --recursive, --skip-existing, --dry-run or --json"
            )
        target = plan_stream(photos[0], output, suffix=suffix, overwrite=overwrite)
        colorizer = _open_colorizer(model, device, jobs)
        colorize_stream(colorizer, target, options, max_megapixels=max_megapixels)
        return
    planned = plan_jobs(
        photos,
        output,
        suffix=suffix,
        recursive=recursive,
        overwrite=overwrite,
        skip_existing=skip_existing,
    )
    if dry_run:
        report_plan(planned, as_json=as_json)
        return
    results = run_jobs(
        planned,
        _open_colorizer(model, device, jobs),
        options,
        num_jobs=jobs,
        overwrite=overwrite,
        max_megapixels=max_megapixels,
    )
    report_results(results, len(planned), as_json=as_json, quiet=quiet)


def _start_logging(verbosity: int) -> None:
    """Log to stderr: warnings, with -v information, with -vv everything."""
    level = max(logging.DEBUG, logging.WARNING - 10 * verbosity)
    logging.basicConfig(level=level, format="%(name)s: %(message)s")
    if verbosity < 2:  # libvips repeats what the error of a photograph says
        logging.getLogger("pyvips").setLevel(logging.CRITICAL)


def _open_colorizer(model: str | None, device: Device, num_jobs: int) -> Colorizer:
    from autochrome.models import DEFAULT_MODEL
    from autochrome.pipeline import Colorizer

    # Several photographs at a time share the cores; one alone gets them all.
    num_threads = max(1, (os.cpu_count() or 1) // num_jobs) if num_jobs > 1 else None
    colorizer = Colorizer.open(model or DEFAULT_MODEL, device=device, num_threads=num_threads)
    logger.info("model %s on %s", colorizer.manifest.name, colorizer.device)
    return colorizer
