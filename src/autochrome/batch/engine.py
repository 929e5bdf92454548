"""Engines: how jobs are run. Here, on this machine, by threads that share one model.

The network, libvips and hashing all work outside Python's lock, so that threads overlap
reading, network and writing as well as processes would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING

from autochrome.batch.plan import Job
from autochrome.batch.worker import JobResult, run_job
from autochrome.photo import MAX_MEGAPIXELS

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions, Colorizer


def run_jobs(
    jobs: Iterable[Job],
    colorizer: Colorizer,
    options: ColorizeOptions,
    *,
    num_jobs: int = 1,
    overwrite: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Iterator[JobResult]:
    """Colorize every job and yield what became of it, as each is finished.

    Parameters
    ----------
    jobs : what to do, drawn one by one; the folders of their destinations are made.
    colorizer : shared by all workers.
    options : the same for all jobs.
    num_jobs : how many photographs are worked on at a time.
    overwrite : allow outputs that exist.
    max_megapixels : refuse larger photographs.

    Notes
    -----
    When `jobs` ends, those running are completed and yielded. When the caller stops early (an
    exception, Ctrl-C, closing the generator), they are completed too, so that nothing is left
    half done.
    """
    run = partial(
        run_job,
        colorizer=colorizer,
        options=options,
        overwrite=overwrite,
        max_megapixels=max_megapixels,
    )
    # Also one at a time is done in a thread: Ctrl-C comes to this one, and would be lost if it
    # came inside of what libvips calls back.
    running: set[Future[JobResult]] = set()
    with ThreadPoolExecutor(num_jobs, thread_name_prefix="autochrome") as executor:
        for job in jobs:
            running.add(executor.submit(run, job))
            if len(running) == num_jobs:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
