"""``--watch``: colorize what comes into a folder, until Ctrl-C."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import click

from autochrome.batch import Job, Journal, Source, drive, find_sources, watch
from autochrome.batch.collisions import refuse_collisions
from autochrome.batch.plan import refuse_outputs_among_inputs
from autochrome.batch.storage import Url, location
from autochrome.cli.batch import Run, num_cores
from autochrome.cli.failure import tell
from autochrome.cli.left_out import telling_left_out
from autochrome.cli.report import Report
from autochrome.errors import AutochromeError, UsageError
from autochrome.interrupt import until_interrupted

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions


def watch_folder(run: Run, options: ColorizeOptions) -> None:
    """Colorize what comes to rest in a folder, and what is there already, until Ctrl-C or SIGTERM.

    The photographs at work are then completed, and the code is 0, or 8 if any have failed
    meanwhile. A photograph that fails is tried again when it has changed.

    Raises
    ------
    UsageError
        If it is not one folder of this machine that is to be watched, by this process, or outputs
        would be taken for photographs that have come.
    BatchError, click.exceptions.Exit
        If photographs have failed, at the end; see `Report.end`.
    """
    is_far = any(isinstance(location(place), Url) for place in (*run.photos, run.output or ""))
    if is_far or run.engine == "ray":
        raise UsageError("--watch is for folders of this machine, and no --engine ray")
    is_one_folder = len(run.photos) == 1 and location(run.photos[0]).is_dir()
    if not is_one_folder or run.files_from or run.dry_run or options.hints:
        raise UsageError("--watch takes one folder, and no --files-from, --dry-run or hints")
    if not run.output_mark:
        output = location(run.output) if run.output else None
        refuse_outputs_among_inputs(output, [location(run.photos[0])], deep=run.recursive)
    with (
        telling_left_out(quiet=run.quiet) as leave_out,
        run.open_journal(list(run.photos), options) or nullcontext() as journal,
    ):
        find = partial(
            find_sources,
            run.photos,
            recursive=run.recursive,
            mark=run.output_mark,
            leave_out=leave_out,
        )
        engine = run.open_engine(run.jobs or num_cores(), options)
        report = run.open_report(None, journal)
        with until_interrupted() as is_stopped:
            if not run.quiet:
                tell(f"Watching {click.format_filename(run.photos[0])}; Ctrl-C ends it")
            for settled in watch(find, is_stopped=is_stopped):
                jobs = _plan(run, settled, journal, report)
                results = drive(
                    jobs, engine, journal=journal, fail_fast=run.fail_fast, is_stopped=is_stopped
                )
                report.follow(results, len(jobs))
                if report.is_disk_full or (run.fail_fast and report.num_failed):
                    break
        if not run.quiet:
            tell("No longer watching")
    report.end()


def _plan(run: Run, settled: list[Source], journal: Journal | None, report: Report) -> list[Job]:
    """Plan what has come; what cannot be planned has failed, and is left out."""
    jobs: list[Job] = []
    for source in settled:
        try:
            come = run.plan([source], journal)
            refuse_collisions([*jobs, *come])
        except AutochromeError as error:
            report.fail(error)
        else:
            jobs += come
    return jobs
