"""Drive a batch: an engine does the work, the journal is kept, and it stops where it must."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from autochrome.atomic import remove_abandoned
from autochrome.batch.journal import Journal
from autochrome.batch.plan import Job
from autochrome.batch.storage import Url
from autochrome.batch.worker import JobResult
from autochrome.errors import DiskFullError

Engine = Callable[[Iterable[Job]], Iterator[JobResult]]
"""Draws jobs and yields what became of each, in any order; see `run_jobs`, `run_ray_jobs`."""


def drive(
    jobs: Sequence[Job],
    engine: Engine,
    *,
    journal: Journal | None = None,
    fail_fast: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[JobResult]:
    """Run a plan and yield what became of every job.

    Temporary files that dead runs have left in the folders of the outputs are removed first.

    Parameters
    ----------
    jobs : from `plan_jobs`.
    engine : what runs them.
    journal : takes down the plan, then each result before it is yielded.
    fail_fast : stop after the first failure. A full disk always stops the batch.
    is_stopped : asked before each job; when it says so, no more are begun.

    Yields
    ------
    Results as they come; after a stop those of the running jobs, and last, not begun, the
    jobs that were left waiting.
    """
    for folder in {job.destination.parent for job in jobs}:
        if not isinstance(folder, Url):  # a storage shows nothing before it is whole
            remove_abandoned(folder)
    if journal:
        journal.begin(jobs)
    waiting = iter(jobs)
    stopped = False

    def drawn() -> Iterator[Job]:
        while not (stopped or is_stopped()):
            job = next(waiting, None)
            if job is None:
                return
            yield job

    for result in engine(drawn()):
        if journal:
            journal.record(result)
        stopped = stopped or (fail_fast and result.error is not None)
        stopped = stopped or isinstance(result.error, DiskFullError)
        yield result
    if journal:
        journal.end()
    yield from (JobResult(job, begun=False) for job in waiting)
