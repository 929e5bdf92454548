from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from autochrome.atomic import temporary_beside
from autochrome.batch import Job, JobResult, Journal, drive, run_jobs
from autochrome.errors import DiskFullError, OutputError, UnreadablePhotoError


class FakeColorizer:
    """Fails on names that ask for it; takes down what it was asked to do."""

    def __init__(self):
        self.begun = []

    def colorize_file(self, source, destination, options, **_):
        self.begun.append(source.stem)
        match source.stem[:4]:
            case "bad":
                raise UnreadablePhotoError(f"{source} is not a photograph")
            case "full":
                raise DiskFullError("The disk is full")
        destination.write_bytes(b"x")


def jobs_for(folder: Path, *stems: str) -> list[Job]:
    return [Job(folder / f"{stem}.jpg", folder / "out" / f"{stem}.jpg") for stem in stems]


def statuses(results) -> dict[str, str]:
    return {result.job.source.stem: result.status for result in results}


def engine_of(colorizer, num_jobs=1):
    return partial(run_jobs, colorizer=colorizer, options=None, num_jobs=num_jobs)


def test_everything_is_done_without_fail_fast(tmp_path):
    jobs = jobs_for(tmp_path, "a", "bad", "b")
    assert statuses(drive(jobs, engine_of(FakeColorizer()))) == {
        "a": "done",
        "bad": "failed",
        "b": "done",
    }


@pytest.mark.parametrize("stem", ["bad", "full"])
def test_stops_after_a_failure_and_names_what_is_left(tmp_path, stem):
    colorizer = FakeColorizer()
    jobs = jobs_for(tmp_path, "a", stem, "b", "c")
    results = drive(jobs, engine_of(colorizer), fail_fast=stem == "bad")
    assert statuses(results) == {"a": "done", stem: "failed", "b": "waiting", "c": "waiting"}
    assert colorizer.begun == ["a", stem]


def test_running_ones_are_completed_and_reported(tmp_path):
    failed, begun = threading.Event(), threading.Barrier(2, timeout=10)

    class Slow(FakeColorizer):
        def colorize_file(self, source, destination, options, **how):
            if source.stem in ("bad", "slow"):
                begun.wait()
            if source.stem == "slow":
                failed.wait(10)
            super().colorize_file(source, destination, options, **how)

    results = drive(jobs_for(tmp_path, "bad", "slow", "c"), engine_of(Slow(), 2), fail_fast=True)
    told = [next(results)]
    failed.set()
    told += results
    assert statuses(told) == {"bad": "failed", "slow": "done", "c": "waiting"}


@pytest.mark.parametrize("num_jobs", [1, 3])
def test_jobs_are_drawn_as_they_are_needed(tmp_path, num_jobs):
    """However many there are, only those at work are held."""
    drawn = 0

    def count(jobs):
        nonlocal drawn
        for job in jobs:
            drawn += 1
            yield job

    jobs = jobs_for(tmp_path, *map(str, range(50)))
    for done, _ in enumerate(run_jobs(count(jobs), FakeColorizer(), None, num_jobs=num_jobs)):
        assert drawn <= done + num_jobs + 1
    assert drawn == 50


def test_each_result_is_in_the_journal_when_it_is_yielded(tmp_path):
    jobs = jobs_for(tmp_path, "a", "bad", "b")
    for job in jobs:
        job.source.touch()
    with Journal(tmp_path / "state", "s") as journal:
        for result in drive(jobs, engine_of(FakeColorizer()), journal=journal):
            assert bool(journal.find_made([result.job])) == (result.status == "done")


def test_journal_on_a_full_disk_stops_the_batch(tmp_path):
    jobs = jobs_for(tmp_path, *map(str, range(400)))
    with Journal(tmp_path / "state", "s") as journal:
        journal.begin([])
        journal._open().execute("PRAGMA max_page_count = 8")
        with pytest.raises(DiskFullError):
            list(drive(jobs, engine_of(FakeColorizer()), journal=journal))


def test_temporary_files_of_the_dead_are_removed_first(tmp_path, dead_pid, monkeypatch):
    jobs = jobs_for(tmp_path, "a")
    (tmp_path / "out").mkdir()
    ours = temporary_beside(jobs[0].destination)
    monkeypatch.setattr("os.getpid", lambda: dead_pid)
    left = temporary_beside(jobs[0].destination)
    monkeypatch.undo()
    ours.touch()
    left.touch()
    next(drive(jobs, engine_of(FakeColorizer())))
    assert ours.exists()
    assert not left.exists()


def test_other_engines_need_not_know_fingerprints(tmp_path):
    """The journal holds what it can find out itself."""
    (job,) = jobs_for(tmp_path, "a")
    job.source.touch()
    job.destination.parent.mkdir()

    def engine(jobs):
        for job in jobs:
            job.destination.touch()
            yield JobResult(job)

    with Journal(tmp_path / "state", "s") as journal:
        list(drive([job], engine, journal=journal))
        assert journal.find_made([job]) == {job}
    with closing(sqlite3.connect(tmp_path / "state" / "journal.sqlite")) as database:
        row = database.execute("SELECT status, source_size, source_sha256 FROM photographs")
        assert row.fetchone() == ("done", 0, None)


def test_journal_that_cannot_be_written_stops_before_any_work(tmp_path):
    colorizer = FakeColorizer()
    (tmp_path / "state").touch()
    with Journal(tmp_path / "state", "s") as journal, pytest.raises(OutputError):
        list(drive(jobs_for(tmp_path, "a"), engine_of(colorizer), journal=journal))
    assert colorizer.begun == []
