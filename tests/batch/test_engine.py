from __future__ import annotations

import ctypes
import signal
import threading
from pathlib import Path

import pytest

from autochrome.batch import Job, JobResult, run_jobs
from autochrome.errors import OutputError, UnreadablePhotoError
from autochrome.pipeline import ColorizeOptions, ColorizeResult, Variant


class FakeColorizer:
    """Fails on names that ask for it; writes a byte otherwise."""

    def __init__(self):
        self.calls = []

    def colorize_file(self, source, destination, options, *, overwrite, max_megapixels):
        self.calls.append((source.name, options, overwrite, max_megapixels))
        match source.stem:
            case "bad":
                raise UnreadablePhotoError(f"{source} is not a photograph")
            case "huge":
                raise MemoryError
            case "bug":
                raise ZeroDivisionError("oops")
            case "stop":
                raise KeyboardInterrupt
        destination.write_bytes(b"x")


def jobs_for(folder: Path, *stems: str) -> list[Job]:
    return [Job(folder / f"{stem}.jpg", folder / "out" / f"{stem}.jpg") for stem in stems]


def run(jobs, num_jobs=1, colorizer=None) -> dict[str, JobResult]:
    results = run_jobs(jobs, colorizer or FakeColorizer(), None, num_jobs=num_jobs)
    return {result.job.source.stem: result for result in results}


@pytest.mark.parametrize("num_jobs", [1, 3])
def test_failures_are_named_and_the_others_done(tmp_path, num_jobs):
    results = run(jobs_for(tmp_path, "a", "bad", "huge", "bug", "b"), num_jobs)
    assert {name: result.status for name, result in results.items()} == {
        "a": "done",
        "bad": "failed",
        "huge": "failed",
        "bug": "failed",
        "b": "done",
    }
    codes = {name: result.error.exit_code for name, result in results.items() if result.error}
    assert codes == {"bad": 3, "huge": 7, "bug": 70}
    assert "ZeroDivisionError: oops" in str(results["bug"].error)
    assert isinstance(results["bug"].error.__cause__, ZeroDivisionError)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.jpg", "b.jpg"}


def test_skipped_jobs_are_not_run(tmp_path):
    colorizer = FakeColorizer()
    skipped = Job(tmp_path / "a.jpg", tmp_path / "a.color.jpg", skip=True)
    (result,) = run_jobs([skipped], colorizer, None)
    assert (result.status, colorizer.calls) == ("skipped", [])


def test_photographs_left_alone_are_skipped(tmp_path):
    class LeavesAlone:
        def colorize_file(self, source, destination, options, **how):
            return ColorizeResult(source, destination, 2, 1, "fake", skipped="in color already")

    assert run(jobs_for(tmp_path, "a"), colorizer=LeavesAlone())["a"].status == "skipped"


def test_options_reach_the_colorizer(tmp_path):
    colorizer = FakeColorizer()
    options = object()
    list(run_jobs(jobs_for(tmp_path, "a"), colorizer, options, overwrite=True, max_megapixels=5))
    assert colorizer.calls == [("a.jpg", options, True, 5)]


def test_a_variant_is_an_option(tmp_path):
    colorizer = FakeColorizer()
    job = Job(tmp_path / "a.jpg", tmp_path / "a.color-2.jpg", variant=(2, 3))
    list(run_jobs([job], colorizer, ColorizeOptions(saturation=0.5)))
    ((_, options, *_),) = colorizer.calls
    assert options == ColorizeOptions(saturation=0.5, variant=Variant(2, 3))


def test_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "out").write_text("a file")
    assert isinstance(run(jobs_for(tmp_path, "a"))["a"].error, OutputError)


@pytest.mark.parametrize("num_jobs", [1, 2])
def test_interrupt_is_passed_on(tmp_path, num_jobs):
    with pytest.raises(KeyboardInterrupt):
        run(jobs_for(tmp_path, "stop", "a"), num_jobs)


@pytest.mark.parametrize("num_jobs", [1, 2])
def test_interrupt_inside_of_a_callback_is_not_lost(tmp_path, num_jobs):
    started = []

    class CalledBack:
        def colorize_file(self, source, destination, options, **_):
            started.append(source.stem)
            if source.stem == "0":
                ctypes.CFUNCTYPE(None)(self.interrupt)()  # it may raise, but to nobody

        def interrupt(self):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    jobs = jobs_for(tmp_path, *map(str, range(1000)))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_jobs(jobs, CalledBack(), None, num_jobs=num_jobs))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(started) < len(jobs)


def test_stopping_early_drops_waiting_jobs_and_completes_running_ones(tmp_path):
    first_is_read, others_may_go_on = threading.Event(), threading.Event()
    started, completed = [], []

    class Slow:
        def colorize_file(self, source, destination, options, **_):
            started.append(source.stem)
            if source.stem != "0":
                first_is_read.wait(10)
                others_may_go_on.wait(10)
            completed.append(source.stem)

    jobs = jobs_for(tmp_path, *map(str, range(20)))
    results = run_jobs(jobs, Slow(), None, num_jobs=2)
    next(results)
    first_is_read.set()
    # The running jobs are held until the generator is being closed.
    threading.Timer(0.1, others_may_go_on.set).start()
    results.close()
    assert sorted(started) == sorted(completed)
    assert len(started) < len(jobs)
