"""What the user is told about each photograph: JSON on stdout, or a line on stderr."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click

from autochrome.batch import Job, JobResult
from autochrome.cli.failure import arrow, show_error, tell
from autochrome.cli.progress import terminal_progress
from autochrome.cli.words import count
from autochrome.errors import AutochromeError, BatchError, DiskFullError

_NAMED = 4  # so many lost tags are named in a note


def report_plan(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print what would be done."""
    for job in jobs:
        if as_json:
            _print_json(job, "skipped" if job.skip else "planned")
        else:
            skipped = " (exists, skipped)" if job.skip else ""
            click.echo(arrow(job.source, job.destination) + skipped)


class Report:
    """Tells what becomes of photographs, as it does, and counts; errors are never kept quiet.

    Parameters
    ----------
    num_jobs : of all photographs; None if more may always come.
    has_journal : whether the same command would know what is done.
    as_json : one line of JSON each, on stdout.
    quiet : nothing but errors.
    """

    def __init__(
        self, num_jobs: int | None, *, has_journal: bool, as_json: bool, quiet: bool
    ) -> None:
        self._num_jobs = num_jobs
        self._has_journal = has_journal
        self._as_json = as_json
        self._silent = quiet or as_json
        self._counts: Counter[str] = Counter()
        self._errors: list[AutochromeError] = []

    @property
    def num_failed(self) -> int:
        """How many photographs have failed so far."""
        return len(self._errors)

    @property
    def is_disk_full(self) -> bool:
        """Whether there is no room for any more."""
        return any(isinstance(error, DiskFullError) for error in self._errors)

    def follow(self, results: Iterable[JobResult], num_results: int) -> None:
        """Tell of results as they come."""
        progress = terminal_progress(quiet=self._silent or num_results == 1)
        for result in progress(results, total=num_results, description="Colorizing"):
            self._counts["kept" if result.job.skip else result.status] += 1
            if self._as_json:
                _print_json(result.job, result.status, result)
            if result.error:
                self.fail(result.error)
            elif result.result and not self._silent:
                why = result.result.skipped
                how = f"skipped: {why}" if why else f"{result.seconds:.1f} s"
                tell(f"{arrow(result.job.source, result.job.destination)} ({how})")
                _tell_notes(result)

    def fail(self, error: AutochromeError) -> None:
        """Tell of a failure; that the disk is full all those running find out, and one says."""
        told = isinstance(error, DiskFullError) and self.is_disk_full
        self._errors.append(error)
        if not told:
            show_error(error)

    def end(self) -> None:
        """Sum up, and end with the right exit code.

        Raises
        ------
        click.exceptions.Exit
            With its own exit code, if there is one photograph and it failed, or if the disk is
            full.
        BatchError
            If some of several photographs failed.
        """
        of_all = "" if self._num_jobs is None else f" of {self._num_jobs}"
        if self._counts["kept"] and not self._silent:
            tell(f"{self._counts['kept']}{of_all} exist already and were kept")
        if self._counts["waiting"]:
            tell(f"Stopped: {self._counts['waiting']}{of_all} photographs are left")
        if self.is_disk_full:
            raise click.exceptions.Exit(DiskFullError.exit_code)
        if self._errors and self._num_jobs == 1:
            raise click.exceptions.Exit(self._errors[0].exit_code)
        if self._errors:
            num = len(self._errors)
            failed = f"{num}{of_all} photographs" if of_all else count(num, "photograph")
            how = "" if self._has_journal else " with --skip-existing"
            raise BatchError(
                f"{failed} failed",
                f"Mend what can be mended and give the same command again{how}: the rest is done",
            )


def _tell_notes(outcome: JobResult) -> None:
    """Say on one line each what a person should know of a photograph that is done."""
    if outcome.result is None:
        return
    for warning in outcome.result.warnings:
        tell(f"Warning: {warning}")
    lost = outcome.result.lost_metadata
    if lost:
        more = f" and {len(lost) - _NAMED} more (--json lists them)" if lost[_NAMED:] else ""
        suffix = outcome.job.destination.suffix
        tell(f"Not kept, {suffix} has no place for it: {', '.join(lost[:_NAMED])}{more}")


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
