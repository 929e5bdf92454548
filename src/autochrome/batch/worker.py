"""Colorize a list of jobs; one that fails does not hold up the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from autochrome.batch.plan import Job
from autochrome.batch.storage import Url, local_files
from autochrome.errors import AutochromeError, OutputError, PhotoMemoryError

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions, Colorizer, ColorizeResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of a job.

    Parameters
    ----------
    job : the job.
    seconds : how long it took.
    result : what the colorizer says of the photograph; None if it was skipped or failed.
    error : why it failed, with its exit code and advice; None if it did not.
    """

    job: Job
    seconds: float = 0.0
    result: ColorizeResult | None = None
    error: AutochromeError | None = None

    @property
    def status(self) -> str:
        """``done``, ``skipped`` or ``failed``."""
        return "failed" if self.error else "skipped" if self.job.skip else "done"


def run_jobs(
    jobs: Sequence[Job],
    colorizer: Colorizer,
    options: ColorizeOptions,
    *,
    num_jobs: int = 1,
    overwrite: bool = False,
    max_megapixels: float = 2000,
) -> Iterator[JobResult]:
    """Colorize every job and yield what became of it, as each is finished.

    Parameters
    ----------
    jobs : what to do; the folders of their destinations are made.
    colorizer : shared by all workers.
    options : the same for all jobs.
    num_jobs : how many photographs are worked on at a time.
    overwrite : allow outputs that exist.
    max_megapixels : refuse larger photographs.

    Notes
    -----
    When the caller stops early (an exception, Ctrl-C, closing the generator), waiting jobs
    are dropped and running ones are completed first, so that nothing is left half done.
    """
    run = partial(
        _run_job,
        colorizer=colorizer,
        options=options,
        overwrite=overwrite,
        max_megapixels=max_megapixels,
    )
    if num_jobs == 1:  # in this thread, where Ctrl-C interrupts a long photograph
        yield from map(run, jobs)
        return
    executor = ThreadPoolExecutor(num_jobs, thread_name_prefix="autochrome")
    try:
        futures = [executor.submit(run, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        executor.shutdown(cancel_futures=True)


def _run_job(
    job: Job,
    colorizer: Colorizer,
    options: ColorizeOptions,
    overwrite: bool,
    max_megapixels: float,
) -> JobResult:
    if job.skip:
        return JobResult(job)
    start = time.perf_counter()
    result: ColorizeResult | None = None
    error: AutochromeError | None = None
    try:
        _make_folder(job)
        with local_files(job.source, job.destination, overwrite=overwrite) as (source, target):
            result = colorizer.colorize_file(
                source, target, options, overwrite=overwrite, max_megapixels=max_megapixels
            )
        names: Any = {"source": job.source, "destination": job.destination}
        result = result and replace(result, **names)
    except AutochromeError as caught:
        error = caught
    except MemoryError as caught:
        error = PhotoMemoryError(f"Not enough memory for {job.source}", "Use fewer --jobs")
        error.__cause__ = caught
    except Exception as caught:  # a fault of ours must not lose the other files
        logger.debug("%s", job.source, exc_info=True)
        error = AutochromeError(
            f"Internal error with {job.source}: {type(caught).__name__}: {caught}",
            "Please report it, with what -vv prints",
        )
        error.__cause__ = caught
    return JobResult(job, time.perf_counter() - start, result, error)


def _make_folder(job: Job) -> None:
    folder = job.destination.parent
    if isinstance(folder, Url):
        return  # made with the first object in it
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make the folder {folder}: {error.strerror}") from error
