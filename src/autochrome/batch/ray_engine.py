"""Colorize a list of jobs on the machines of a Ray cluster, with Ray Data over paths.

Each worker process opens the model once and colors one photograph at a time. What becomes of
a photograph comes back to the caller as soon as the block of jobs it is in is finished; the
photographs themselves never pass through Ray.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autochrome.batch.plan import Job
from autochrome.batch.storage import Location
from autochrome.batch.worker import JobResult, run_job
from autochrome.errors import (
    AutochromeError,
    BatchError,
    DiskFullError,
    MissingExtraError,
    UsageError,
)
from autochrome.models import find_model
from autochrome.photo import MAX_MEGAPIXELS

if TYPE_CHECKING:
    from autochrome.pipeline import ColorizeOptions
    from autochrome.pipeline.session import Device

logger = logging.getLogger(__name__)

_LARGEST_BLOCK = 32  # jobs: Ray's work for a block is shared, and progress is still seen
_BLOCKS_A_WORKER = 16  # or smaller ones, so that all workers end at about the same time
_TRIALS = 3
_PATIENCE_S = 10


def run_ray_jobs(
    jobs: Iterable[Job],
    model: str | Path,
    options: ColorizeOptions,
    *,
    device: Device = "auto",
    address: str | None = None,
    overwrite: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    fail_fast: bool = False,
) -> Iterator[JobResult]:
    """Colorize every job and yield what became of it, as each is finished; see `run_jobs`.

    Parameters
    ----------
    jobs : what to do, drawn all at once, for Ray to divide; all machines must see the same files
        under the same names.
    model : name or folder, which every machine must have.
    options : the same for all jobs.
    device : of each worker; "cuda" gives each one GPU.
    address : of a running cluster, as `ray.init` takes it. None uses the environment's
        (``RAY_ADDRESS``), or starts Ray on the cores of this machine and stops it at the end;
        Ray that was started before in this process is used as it is.
    overwrite : allow outputs that exist.
    max_megapixels : refuse larger photographs.
    fail_fast : begin no more after the first failure; after a full disk none are begun anyway. As
        jobs are drawn at once, ending `jobs` does not stop them. What was not begun is yielded as
        such.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    UsageError
        If there is no cluster at the address, or a photograph is at ``memory://``.
    ModelError
        If the model is missing or damaged, here or on another machine.
    BatchError
        If the cluster fails.

    Notes
    -----
    Ray gives the jobs of a process that died to another one. A photograph whose process died in
    each of three trials is reported as failed. A second trial may replace the output: the plan
    has refused those that existed, so it can only be that of the first.
    """
    find_model(model)  # here first, where a mistake is cheap
    jobs = list(jobs)
    yield from (JobResult(job) for job in jobs if job.skip)
    work = [(number, _absolute(job)) for number, job in enumerate(jobs) if not job.skip]
    if not work:
        return
    with _cluster(address) as ray:
        trials = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Trials).remote()
        settings = {
            "model": Path(model).absolute() if Path(model).is_dir() else model,
            "device": device,
            "trials": trials,
            "options": options,
            "overwrite": overwrite,
            "max_megapixels": max_megapixels,
        }
        for number, result in _run(ray, work, settings):
            if isinstance(result.error, DiskFullError) or (fail_fast and result.error):
                trials.stop.remote()
            yield replace(result, job=jobs[number])


def _run(
    ray: Any, work: Sequence[tuple[int, Job]], settings: dict[str, Any]
) -> Iterator[tuple[int, JobResult]]:
    on_gpu = settings["device"] == "cuda"
    num_slots = int(ray.cluster_resources().get("GPU" if on_gpu else "CPU", 1))
    num_workers = min(max(1, num_slots), len(work))
    block = max(1, min(_LARGEST_BLOCK, len(work) // (num_workers * _BLOCKS_A_WORKER)))
    dataset = ray.data.from_items(
        [{"task": pickle.dumps(task)} for task in work], override_num_blocks=-(-len(work) // block)
    )
    dataset.context.enable_progress_bars = False
    done = dataset.map_batches(
        _Worker,
        fn_constructor_kwargs=settings,
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(
            initial_size=num_workers, max_tasks_in_flight_per_actor=1
        ),
        num_cpus=1,
        num_gpus=1 if on_gpu else None,
    )
    try:
        for row in done.iter_rows():
            number, result, fatal = pickle.loads(row["result"])
            if fatal:
                raise fatal
            yield number, result
    except ray.exceptions.RayError as error:
        reason = str(error).splitlines()[-1]
        raise BatchError(
            f"The Ray cluster failed: {reason}",
            "What is done is done: give the same command again, without a journal with "
            "--skip-existing",
        ) from error


class _Worker:
    """One process of the cluster, with its own copy of the model."""

    def __init__(self, model: str | Path, device: Device, trials: Any, **settings: Any) -> None:
        from autochrome.pipeline import Colorizer

        self._trials = trials
        self._settings = settings
        self._ended: int | None = None
        self._fatal: AutochromeError | None = None
        try:
            self._settings["colorizer"] = Colorizer.open(model, device=device, num_threads=1)
        except AutochromeError as error:  # raised here, it would reach the caller as Ray's
            self._fatal = error

    def __call__(self, batch: Any) -> dict[str, list[bytes]]:
        (task,) = batch["task"].to_pylist()
        number, job = pickle.loads(task)
        result = None if self._fatal else self._colorize(number, job)
        return {"result": [pickle.dumps((number, result, self._fatal))]}

    def _colorize(self, number: int, job: Job) -> JobResult:
        ray = importlib.import_module("ray")
        counted = ray.get(self._trials.begin.remote(number, self._ended))
        self._ended = number
        if counted is None:
            return JobResult(job, begun=False)
        earlier, deaths = counted
        if deaths >= _TRIALS:  # Ray itself would try for ever
            return JobResult(job, error=_deadly(job))
        settings = self._settings
        return run_job(job, **settings | {"overwrite": settings["overwrite"] or earlier > 0})


class _Trials:
    """Counts, for all workers, how often each photograph was begun and how often it was ended.

    As all of them ask it before each photograph, it can also stop them.
    """

    def __init__(self) -> None:
        self._stopped = False
        self._begun: Counter[int] = Counter()
        self._ended: Counter[int] = Counter()

    def stop(self) -> None:
        """Let no more photographs be begun."""
        self._stopped = True

    def begin(self, number: int, ended: int | None) -> tuple[int, int] | None:
        """Note a trial, and the end of the caller's last one.

        Returns
        -------
        How often the photograph was tried before, and in how many of these the worker died; None
        if it shall not be begun.
        """
        if ended is not None:
            self._ended[ended] += 1
        if self._stopped:
            return None
        earlier = self._begun[number]
        self._begun[number] += 1
        return earlier, earlier - self._ended[number]


@contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """Connect to Ray, or start it; leave it as it was found."""
    try:
        ray: Any = importlib.import_module("ray")
        importlib.import_module("ray.data")
    except ImportError as error:
        raise MissingExtraError(
            "Ray is not installed", "Run: pip install 'autochrome[ray]'"
        ) from error
    was_running = ray.is_initialized()
    if not was_running:
        _connect(ray, address or os.environ.get("RAY_ADDRESS"))
    try:
        with _quiet():
            yield ray
    finally:
        if not was_running:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:
    # An error of Ray's C++ part about what Ray Data does to every actor.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves this machine
    how = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address:
            _knock(address)
            ray.init(address, **how)
        else:
            ray.init("local", include_dashboard=False, _node_ip_address="127.0.0.1", **how)
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"Cannot reach Ray at {address or 'this machine'}: {str(error).splitlines()[0]}",
            "Check --ray-address; 'ray status' on that machine tells whether it runs",
        ) from error


def _knock(address: str) -> None:
    """Raise OSError if nobody listens there: Ray itself finds out in minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Ray from telling on stdout, which is ours, and on stderr of what we tell ourselves."""
    worker: Any = importlib.import_module("ray._private.worker")
    ray_logger = logging.getLogger("ray.data")
    level, prints = ray_logger.level, getattr(worker, "_worker_logs_enabled", True)
    if not logger.isEnabledFor(logging.DEBUG):
        ray_logger.setLevel(logging.CRITICAL)
        worker._worker_logs_enabled = False
    try:
        yield
    finally:
        ray_logger.setLevel(level)
        worker._worker_logs_enabled = prints


def _absolute(job: Job) -> Job:
    """Name the files as other processes find them."""

    def absolute(place: Location) -> Location:
        if isinstance(place, Path):
            return place.absolute()
        if place.scheme == "memory":
            raise UsageError(f"{place} is in the memory of this process", "Use --engine local")
        return place

    return replace(job, source=absolute(job.source), destination=absolute(job.destination))


def _deadly(job: Job) -> AutochromeError:
    return AutochromeError(
        f"The worker died each time it had {job.source}",
        "It may need more memory than a worker has; look for it in Ray's logs",
    )
