"""The unit of work: one job to one result, whatever happens, as often as one likes.

Done again, a job gives the same file; killed at any moment, it leaves the file whole or not
there at all. Every engine runs it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autochrome.batch.fingerprint import Fingerprint, Stamp
from autochrome.batch.plan import Job
from autochrome.batch.storage import Url, local_files
from autochrome.errors import AutochromeError, OutputError, PhotoMemoryError
from autochrome.photo import MAX_MEGAPIXELS
from autochrome.photo.failure import disk_failure

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
    result : what the colorizer says of the photograph; None if it exists already or failed.
    error : why it failed, with its exit code and advice; None if it did not.
    fingerprint : of the source just before it was colorized; None if that is not known.
    output : stamp of what was written, just after; None if nothing was, or that is not known.
    begun : False for a job that was left waiting when the batch was stopped.
    """

    job: Job
    seconds: float = 0.0
    result: ColorizeResult | None = None
    error: AutochromeError | None = None
    fingerprint: Fingerprint | None = None
    output: Stamp | None = None
    begun: bool = True

    @property
    def status(self) -> str:
        """``done``, ``skipped``, ``failed`` or ``waiting``."""
        if not self.begun:
            return "waiting"
        if self.error:
            return "failed"
        left_alone = self.result is not None and self.result.skipped
        return "skipped" if self.job.skip or left_alone else "done"


def run_job(
    job: Job,
    colorizer: Colorizer,
    options: ColorizeOptions,
    *,
    overwrite: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> JobResult:
    """Colorize one photograph; a failure is a result too. See `run_jobs`."""
    if job.skip:
        return JobResult(job)
    start = time.perf_counter()
    result: ColorizeResult | None = None
    error: AutochromeError | None = None
    fingerprint: Fingerprint | None = None
    output: Stamp | None = None
    try:
        stamp = Stamp.take(job.source)
        _make_folder(job)
        with local_files(job.source, job.destination, overwrite=overwrite) as (source, target):
            fingerprint = Fingerprint.of(source, stamp)
            result = colorizer.colorize_file(
                source,
                target,
                _options_of(job, options),
                overwrite=overwrite,
                max_megapixels=max_megapixels,
            )
        result = result and _named_as(job, result)
        output = Stamp.take(job.destination)
    except Exception as caught:  # a fault of ours must not lose the other files
        logger.debug("%s", job.source, exc_info=True)
        error = _deliberate(job, caught)
    return JobResult(job, time.perf_counter() - start, result, error, fingerprint, output)


def _deliberate(job: Job, caught: Exception) -> AutochromeError:
    """Make an error of ours that holds no frames: they would hold files and pixels."""
    error: AutochromeError
    if isinstance(caught, AutochromeError):
        error = caught
    elif isinstance(caught, MemoryError):
        error = PhotoMemoryError(f"Not enough memory for {job.source}", "Use fewer --jobs")
    else:
        error = AutochromeError(
            f"Internal error with {job.source}: {type(caught).__name__}: {caught}",
            "Please report it, with what -vv prints",
        )
    if error is not caught:
        error.__cause__ = caught
    link: BaseException | None = error
    while link:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _named_as(job: Job, result: ColorizeResult) -> ColorizeResult:
    """Name the places of the job, where the colorizer has seen copies only."""
    here, there = str(result.source), str(job.source)
    warnings = tuple(warning.replace(here, there) for warning in result.warnings)
    names: dict[str, Any] = {"source": job.source, "destination": job.destination}
    return replace(result, **names, warnings=warnings)


def _options_of(job: Job, options: ColorizeOptions) -> ColorizeOptions:
    from autochrome.pipeline import Variant

    return replace(options, variant=Variant(*job.variant)) if job.variant else options


def _make_folder(job: Job) -> None:
    folder = job.destination.parent
    if isinstance(folder, Url):
        return  # made with the first object in it
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_failure(folder, error) or OutputError(
            f"Cannot make the folder {folder}: {error.strerror}"
        ) from error
