"""``autochrome colorize``: photographs in, color photographs out."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import click

from autochrome.cli.options import batch_options, color_options, file_options, run_options
from autochrome.cli.stream import STREAM, colorize_stream, plan_stream
from autochrome.errors import UsageError

if TYPE_CHECKING:
    from autochrome.pipeline import Colorizer
    from autochrome.pipeline.session import Device

logger = logging.getLogger(__name__)


@click.command(context_settings={"show_default": True})
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@batch_options
@color_options
@file_options
@run_options
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
    engine: str,
    ray_address: str | None,
    max_megapixels: float,
    **settings: Any,
) -> None:
    """Colorize photos and folders of photos; - reads from stdin.

    \b
    autochrome colorize old.jpg                     writes old.color.jpg
    autochrome colorize old.jpg -o new.png
    autochrome colorize -r scans/ -o colorized/     keeps sub-folders
    autochrome colorize -r s3://old/ -o s3://new/   the same in a storage far away
    autochrome colorize - < old.jpg > new.jpg
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    from autochrome.batch import plan_jobs, run_jobs, run_ray_jobs
    from autochrome.cli.report import report_plan, report_results
    from autochrome.models import DEFAULT_MODEL
    from autochrome.pipeline import ColorizeOptions

    _check_engine(engine, ray_address, jobs, streamed=STREAM in (*photos, output))
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
    how: dict[str, Any] = {"overwrite": overwrite, "max_megapixels": max_megapixels}
    if engine == "ray":
        model = model or DEFAULT_MODEL
        results = run_ray_jobs(planned, model, options, device=device, address=ray_address, **how)
    else:
        colorizer = _open_colorizer(model, device, jobs)
        results = run_jobs(planned, colorizer, options, num_jobs=jobs, **how)
    report_results(results, len(planned), as_json=as_json, quiet=quiet)


def _check_engine(engine: str, ray_address: str | None, jobs: int, *, streamed: bool) -> None:
    if engine != "ray" and ray_address:
        raise UsageError("--ray-address is for --engine ray")
    if engine == "ray" and streamed:
        raise UsageError("- is for this process", "Leave --engine ray out")
    if engine == "ray" and jobs > 1:
        raise UsageError("--jobs is for one machine", "Ray uses every core of its cluster")


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
