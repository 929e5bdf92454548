"""What the user is told about each photograph: JSON on stdout, or a line on stderr."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import click

from autochrome.batch import Job, JobResult
from autochrome.cli.failure import show_error, tell
from autochrome.cli.progress import terminal_progress
from autochrome.errors import AutochromeError, BatchError, DiskFullError


def report_plan(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print what would be done."""
    for job in jobs:
        if as_json:
            _print_json(job, "skipped" if job.skip else "planned")
        else:
            click.echo(_arrow(job) + (" (exists, skipped)" if job.skip else ""))


@dataclass(frozen=True)
class Outcome:
    """What became of a batch, in numbers.

    Parameters
    ----------
    num_jobs : of all photographs.
    num_waiting : of those that were not begun, because the batch was stopped.
    errors : of those that failed.
    """

    num_jobs: int
    num_waiting: int
    errors: Sequence[AutochromeError]

    def raise_failures(self) -> None:
        """End with the right exit code.

        Raises
        ------
        click.exceptions.Exit
            With its own exit code, if there is one photograph and it failed, or if the disk is
            full.
        BatchError
            If some of several photographs failed.
        """
        full = [error for error in self.errors if isinstance(error, DiskFullError)]
        if self.num_waiting:
            tell(f"Stopped: {self.num_waiting} of {self.num_jobs} photographs are left")
        if full or (self.errors and self.num_jobs == 1):
            raise click.exceptions.Exit((full or self.errors)[0].exit_code)
        if self.errors:
            raise BatchError(
                f"{len(self.errors)} of {self.num_jobs} photographs failed",
                "Mend what can be mended and give the same command again, "
                "with --skip-existing where there is no journal",
            )


def report_results(
    results: Iterable[JobResult], num_jobs: int, *, as_json: bool, quiet: bool
) -> Outcome:
    """Print what becomes of each photograph, as it does; errors are never kept quiet."""
    silent = quiet or as_json
    progress = terminal_progress(quiet=silent or num_jobs == 1)
    counts: Counter[str] = Counter()
    errors: list[AutochromeError] = []
    for result in progress(results, total=num_jobs, description="Colorizing"):
        counts[result.status] += 1
        if as_json:
            _print_json(result.job, result.status, result)
        if result.error:
            _show_once(result.error, errors)
            errors.append(result.error)
        elif result.status == "done" and not silent:
            tell(f"{_arrow(result.job)} ({result.seconds:.1f} s)")
    if counts["skipped"] and not silent:
        tell(f"{counts['skipped']} of {num_jobs} exist already and were kept")
    return Outcome(num_jobs, counts["waiting"], errors)


def _show_once(error: AutochromeError, before: Sequence[AutochromeError]) -> None:
    """Show an error; that the disk is full all running photographs find out, and one says."""
    known = isinstance(error, DiskFullError) and any(str(error) == str(other) for other in before)
    if not known:
        show_error(error)


def _arrow(job: Job) -> str:
    return f"{click.format_filename(job.source)} -> {click.format_filename(job.destination)}"


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
