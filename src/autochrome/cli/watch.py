"""``--watch``: colorize what comes into a folder, until Ctrl-C."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autochrome.batch import Job, Journal, Source, drive, find_sources, watch
from autochrome.batch.collisions import refuse_collisions
from autochrome.cli.batch import Run, num_cores
from autochrome.cli.failure import show_error, tell
from autochrome.cli.report import report_results
from autochrome.errors import AutochromeError, BatchError, UsageError

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions


def watch_folder(run: Run, options: ColorizeOptions) -> None:
    """Colorize what comes to rest in a folder, and what is there already, for ever.

    Ctrl-C is how it ends: with the code 0, or 8 if photographs have failed meanwhile. A photograph
    that fails is tried again when it has changed.

    Raises
    ------
    UsageError
        If it is not one folder that is to be watched.
    BatchError
        If photographs have failed, at the end.
    """
    if len(run.photos) != 1 or not Path(run.photos[0]).is_dir() or run.files_from or run.dry_run:
        raise UsageError("--watch takes one folder, and no --files-from or --dry-run")
    find = partial(find_sources, run.photos, recursive=run.recursive, mark=run.mark)
    num_failed = 0
    with run.open_journal(list(run.photos), options) or nullcontext() as journal:
        engine = run.open_engine(run.jobs or num_cores(), options)
        if not run.quiet:
            tell(f"Watching {click.format_filename(run.photos[0])}; Ctrl-C ends it")
        try:
            for settled in watch(find):
                jobs, num_refused = _plan(run, settled, journal)
                results = drive(jobs, engine, journal=journal, fail_fast=run.fail_fast)
                outcome = report_results(results, len(jobs), as_json=run.as_json, quiet=run.quiet)
                num_failed += num_refused + len(outcome.errors)
                if outcome.num_waiting or (run.fail_fast and num_failed):
                    break
        except KeyboardInterrupt:
            tell("\nNo longer watching.")
    if num_failed:
        raise BatchError(f"{num_failed} photographs failed")


def _plan(run: Run, settled: list[Source], journal: Journal | None) -> tuple[list[Job], int]:
    """Plan what has come; what cannot be planned is told, counted and left out."""
    jobs: list[Job] = []
    num_refused = 0
    for source in settled:
        try:
            (job,) = run.plan([source], journal)
            refuse_collisions([*jobs, job])
        except AutochromeError as error:
            show_error(error)
            num_refused += 1
        else:
            jobs.append(job)
    return jobs, num_refused
