"""What the user is told about each photograph: JSON on stdout, or a line on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click

from autochrome.batch import Job, JobResult
from autochrome.cli.failure import show_error, tell
from autochrome.cli.progress import terminal_progress
from autochrome.errors import AutochromeError, BatchError


def report_plan(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print what would be done."""
    for job in jobs:
        if as_json:
            _print_json(job, "skipped" if job.skip else "planned")
        else:
            click.echo(_arrow(job) + (" (exists, skipped)" if job.skip else ""))


def report_results(
    results: Iterable[JobResult], num_jobs: int, *, as_json: bool, quiet: bool
) -> None:
    """Print what becomes of each photograph, as it does; errors are never kept quiet.

    Raises
    ------
    click.exceptions.Exit
        With its own exit code, if there is one photograph and it failed.
    BatchError
        If some of several photographs failed.
    """
    silent = quiet or as_json
    progress = terminal_progress(quiet=silent or num_jobs == 1)
    errors = []
    for result in progress(results, total=num_jobs, description="Colorizing"):
        if as_json:
            _print_json(result.job, result.status, result)
        if result.error:
            show_error(result.error)
            errors.append(result.error)
        elif not silent:
            how = "exists, skipped" if result.job.skip else f"{result.seconds:.1f} s"
            tell(f"{_arrow(result.job)} ({how})")
    if errors and num_jobs == 1:
        raise click.exceptions.Exit(errors[0].exit_code)
    if errors:
        raise BatchError(
            f"{len(errors)} of {num_jobs} photographs failed",
            "To try these again and keep the others, use --skip-existing",
        )


def _arrow(job: Job) -> str:
    source, destination = (click.format_filename(str(x)) for x in (job.source, job.destination))
    return f"{source} -> {destination}"


def _print_json(job: Job, status: str, outcome: JobResult | None = None) -> None:
    line = {
        "source": str(job.source),
        "destination": str(job.destination),
        "status": status,
        "seconds": round(outcome.seconds, 3) if outcome else None,
        "error": _error_fields(outcome.error) if outcome and outcome.error else None,
    }
    if outcome and outcome.result:
        measured = asdict(outcome.result)
        line |= {name: value for name, value in measured.items() if name not in line}
    click.echo(json.dumps(line))


def _error_fields(error: AutochromeError) -> dict[str, str | int]:
    return {
        "type": type(error).__name__,
        "message": error.message,
        "advice": error.advice,
        "exit_code": error.exit_code,
    }
