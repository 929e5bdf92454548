from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from autochrome.batch import Fingerprint, Job, JobResult, Journal, settings_digest
from autochrome.batch import journal as journal_module
from autochrome.batch.fingerprint import Stamp
from autochrome.errors import OutputError, UnreadablePhotoError
from autochrome.models import DEFAULT_MODEL, find_model
from autochrome.pipeline import ColorizeOptions, ColorizeResult


@pytest.fixture
def job(tmp_path) -> Job:
    source = tmp_path / "a.jpg"
    source.write_text("gray")
    (tmp_path / "out").mkdir()
    return Job(source, tmp_path / "out" / "a.jpg")


def open_journal(tmp_path: Path, settings: str = "s", *, overwrite: bool = False) -> Journal:
    return Journal(tmp_path / "out" / ".autochrome", settings, overwrite=overwrite)


def make(job: Job, text: str = "color") -> JobResult:
    """Do a job as the worker does."""
    known = Fingerprint.take(job.source)
    job.destination.write_text(text)
    done = ColorizeResult(job.source, job.destination, 2, 3, "fake", seconds=0.1)
    output = Stamp.take(job.destination)
    return JobResult(job, 0.1, done, fingerprint=known, output=output)


def done_before(tmp_path: Path, job: Job) -> None:
    with open_journal(tmp_path) as journal:
        journal.begin([job])
        journal.record(make(job))
        journal.end()


def is_made(tmp_path: Path, job: Job, settings: str = "s", *, overwrite: bool = False) -> bool:
    with open_journal(tmp_path, settings, overwrite=overwrite) as journal:
        return journal.find_made([job]) == {job}


def rows(tmp_path: Path) -> list[dict]:
    with closing(sqlite3.connect(tmp_path / "out" / ".autochrome" / "journal.sqlite")) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM photographs")]


class TestWhatIsMade:
    def test_the_same_again(self, tmp_path, job):
        done_before(tmp_path, job)
        assert is_made(tmp_path, job)
        assert is_made(tmp_path, job, overwrite=True)

    def test_nothing_is_known_of_other_outputs(self, tmp_path, job):
        job.destination.write_text("somebody's")
        assert not is_made(tmp_path, job)
        assert not (tmp_path / "out" / ".autochrome").exists()  # asking makes no journal
        done_before(tmp_path, replace(job, destination=tmp_path / "out" / "b.jpg"))
        assert not is_made(tmp_path, job)

    def test_looking_does_not_change_the_journal(self, tmp_path, job):
        done_before(tmp_path, job)
        path = tmp_path / "out" / ".autochrome" / "journal.sqlite"
        os.utime(path, (1, 1))
        assert is_made(tmp_path, job)
        assert path.stat().st_mtime == 1
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    def test_a_source_that_was_only_touched_is_the_same(self, tmp_path, job):
        done_before(tmp_path, job)
        os.utime(job.source, (1, 1))
        assert is_made(tmp_path, job)

    def test_a_source_of_the_same_size_is_another(self, tmp_path, job):
        done_before(tmp_path, job)
        job.source.write_text("GRAY")
        os.utime(job.source, (1, 1))
        assert not is_made(tmp_path, job)

    def test_a_source_that_has_gone_is_another(self, tmp_path, job):
        done_before(tmp_path, job)
        job.source.unlink()
        assert not is_made(tmp_path, job)

    def test_a_source_that_has_moved_is_the_same(self, tmp_path, job):
        done_before(tmp_path, job)
        moved = job.source.rename(tmp_path / "moved.jpg")
        assert is_made(tmp_path, replace(job, source=moved))

    def test_another_photograph_of_the_same_size_and_time_is_another(self, tmp_path, job):
        done_before(tmp_path, job)
        other = tmp_path / "other.jpg"
        other.write_text("GRAY")
        time_ns = job.source.stat().st_mtime_ns
        os.utime(other, ns=(time_ns, time_ns))
        assert other.stat().st_size == job.source.stat().st_size
        assert not is_made(tmp_path, replace(job, source=other))

    def test_other_settings(self, tmp_path, job):
        done_before(tmp_path, job)
        assert not is_made(tmp_path, job, "others")

    def test_an_output_that_was_touched_is_kept_but_may_be_overwritten(self, tmp_path, job):
        done_before(tmp_path, job)
        job.destination.write_text("retouched")
        assert is_made(tmp_path, job)
        assert not is_made(tmp_path, job, overwrite=True)

    def test_an_update_of_ours_counts_only_for_overwriting(self, tmp_path, job, monkeypatch):
        done_before(tmp_path, job)
        monkeypatch.setattr(journal_module, "__version__", "99")
        assert is_made(tmp_path, job)
        assert not is_made(tmp_path, job, overwrite=True)

    def test_failures_are_not_made(self, tmp_path, job):
        with open_journal(tmp_path) as journal:
            journal.begin([job])
            journal.record(JobResult(job, error=UnreadablePhotoError("no")))
        job.destination.write_text("old")
        assert not is_made(tmp_path, job)

    def test_the_whole_folder_may_move(self, tmp_path, job):
        done_before(tmp_path, job)
        (tmp_path / "out").rename(tmp_path / "elsewhere")
        moved = replace(job, destination=tmp_path / "elsewhere" / "a.jpg")
        with Journal(tmp_path / "elsewhere" / ".autochrome", "s") as journal:
            assert journal.find_made([moved]) == {moved}


class TestRunsThatDied:
    def test_before_the_file(self, tmp_path, job):
        with open_journal(tmp_path) as journal:
            journal.begin([job])
        job.destination.touch()
        job.source.write_text("changed meanwhile")
        assert not is_made(tmp_path, job)

    def test_between_the_file_and_the_entry(self, tmp_path, job):
        with open_journal(tmp_path) as journal:
            journal.begin([job])
            make(job)
        assert is_made(tmp_path, job)
        # It is found out once, and known from then on.
        with open_journal(tmp_path) as journal:
            journal.begin([replace(job, skip=True)])
            journal.end()
        (row,) = rows(tmp_path)
        assert (row["status"], row["source_sha256"]) == ("done", Fingerprint.take(job.source)[1])
        assert is_made(tmp_path, job)
        assert is_made(tmp_path, job, overwrite=True)

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_before_an_old_file_was_replaced(self, tmp_path, job, overwrite):
        job.destination.write_text("old")
        with open_journal(tmp_path, overwrite=True) as journal:
            journal.begin([job])
        assert not is_made(tmp_path, job, overwrite=overwrite)

    def test_after_an_old_file_was_replaced(self, tmp_path, job):
        job.destination.write_text("old")
        with open_journal(tmp_path, overwrite=True) as journal:
            journal.begin([job])
            make(job)
        assert is_made(tmp_path, job, overwrite=True)

    def test_what_was_planned_and_given_up_is_forgotten(self, tmp_path, job):
        with open_journal(tmp_path) as journal:
            journal.begin([job])
            journal.end()
        job.destination.write_text("somebody's")
        assert not is_made(tmp_path, job)


def test_rows_tell_input_settings_and_result(tmp_path, job):
    done_before(tmp_path, job)
    (row,) = rows(tmp_path)
    told = json.loads(row.pop("result"))
    assert told["width"] == 2
    status, output = job.source.stat(), job.destination.stat()
    assert row == {
        "destination": b"../a.jpg",
        "source": os.fsencode(job.source),
        "source_size": 4,
        "source_modified_ns": status.st_mtime_ns,
        # printf gray | sha256sum
        "source_sha256": "0e92d69f9b951b18299f34b2e53dbba7e9ad0b070883c040c0fcc1f74e1985ef",
        "settings": "s",
        "version": row["version"],
        "status": "done",
        "output_size": 5,
        "output_modified_ns": output.st_mtime_ns,
    }


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_need_not_be_text(tmp_path, job):
    name = os.fsdecode(b"\xff.jpg")
    odd = Job(job.source.rename(tmp_path / name), tmp_path / "out" / name)
    done_before(tmp_path, odd)
    assert is_made(tmp_path, odd)


class TestFaults:
    def test_second_run_is_refused(self, tmp_path, job):
        with open_journal(tmp_path) as first, open_journal(tmp_path) as second:
            first.begin([job])
            with pytest.raises(OutputError, match="Another run is at work"):
                second.begin([job])
            with pytest.raises(OutputError, match="Another run is at work"):
                second.find_made([job])

    def test_second_process_is_refused(self, tmp_path, job):
        code = (
            "import sys; from pathlib import Path; from autochrome.batch import Journal\n"
            "Journal(Path(sys.argv[1]), 's').begin([])"
        )
        with open_journal(tmp_path) as journal:
            journal.begin([job])
            other = subprocess.run(
                [sys.executable, "-c", code, journal.path.parent], capture_output=True, text=True
            )
        assert "Another run is at work" in other.stderr

    def test_damaged(self, tmp_path, job):
        done_before(tmp_path, job)
        path = tmp_path / "out" / ".autochrome" / "journal.sqlite"
        path.write_bytes(b"no database" * 1000)
        with pytest.raises(OutputError, match="if it is damaged, remove it"):
            is_made(tmp_path, job)

    def test_newer(self, tmp_path, job):
        done_before(tmp_path, job)
        path = tmp_path / "out" / ".autochrome" / "journal.sqlite"
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA user_version = 99")
        with pytest.raises(OutputError, match="newer"):
            is_made(tmp_path, job)

    @pytest.mark.parametrize("kind", [errno.EACCES, errno.EROFS])
    @pytest.mark.parametrize(
        ("folder", "advice"),
        [
            ("in/.autochrome", "outputs would go to .*in too: choose another --output"),
            ("state", "Choose another --state"),
        ],
    )
    def test_folder_that_may_not_be_written(self, tmp_path, monkeypatch, kind, folder, advice):
        def refuse(*_, **__):
            raise OSError(kind, os.strerror(kind))

        monkeypatch.setattr(Path, "mkdir", refuse)  # root may write everywhere
        journal = Journal(tmp_path / folder, "s")
        with pytest.raises(OutputError, match=advice):
            journal.begin([])

    def test_journal_that_may_not_be_written(self, tmp_path, job, monkeypatch):
        done_before(tmp_path, job)
        connect = sqlite3.connect

        def read_only(path, **how):
            return connect(f"file:{path}?mode=ro&immutable=1", uri=True, **how)

        monkeypatch.setattr(sqlite3, "connect", read_only)
        with pytest.raises(OutputError, match="choose another --output"):
            open_journal(tmp_path).begin([job])

    def test_folder_that_cannot_be_made(self, tmp_path, job):
        (tmp_path / "out" / ".autochrome").touch()
        with (
            pytest.raises(OutputError, match="Cannot make the folder"),
            open_journal(tmp_path) as j,
        ):
            j.begin([job])

    def test_nothing_is_left_open(self, tmp_path, job):
        done_before(tmp_path, job)
        folder = tmp_path / "out" / ".autochrome"
        assert [path.name for path in folder.iterdir()] == ["journal.sqlite"]


def test_settings_digest_is_about_color_and_model():
    model = find_model(DEFAULT_MODEL).manifest
    others = [
        replace(model, weights=replace(model.weights, sha256="1")),
        replace(model, version="99"),  # decoded otherwise, by what no number of a manifest says
        replace(model, input=replace(model.input, exposure=0.1)),
        replace(model, output=replace(model.output, boldness=0.1)),
        replace(model, decode=replace(model.decode, rebalancing=0.1)),
    ]
    digests = {
        *(settings_digest(ColorizeOptions(), manifest) for manifest in (model, *others)),
        settings_digest(ColorizeOptions(saturation=0.5), model),
        settings_digest(ColorizeOptions(quality=50), model),
        settings_digest(ColorizeOptions(flip_averaging=True), model),
    }
    assert len(digests) == 9
    described = replace(model, description="the same", metrics={})
    assert settings_digest(ColorizeOptions(), described) in digests
