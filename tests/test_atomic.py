import errno
import os
import subprocess
import sys
import time

import pytest

from autochrome import atomic
from autochrome.atomic import atomic_folder, atomic_path, remove_abandoned, temporary_beside


def test_makes_the_folder_and_leaves_one_file(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def fill_the_disk(path):
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise OSError("disk full")


def test_an_error_keeps_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"):
        fill_the_disk(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    with atomic_folder(tmp_path / "new") as temporary:
        (temporary / "file").write_text("new")
        assert not (tmp_path / "new").exists()
    with pytest.raises(FileNotFoundError), atomic_folder(tmp_path / "other") as temporary:
        (temporary / "missing" / "file").write_text("half")
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "new", tmp_path / "new" / "file"]


def test_a_disk_that_is_read_only_does_not_hide_the_error(tmp_path, monkeypatch):
    def refuse(path, missing_ok=False):
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(OSError, match="disk full"):
        fill_the_disk(tmp_path / "file.txt")


@pytest.fixture
def left(tmp_path, monkeypatch, dead_pid):
    """Make a temporary file as a process that has ended has left it."""

    def make(pid=dead_pid):
        monkeypatch.setattr("os.getpid", lambda: pid)
        path = temporary_beside(tmp_path / "a.JPG")
        monkeypatch.undo()
        path.touch()
        return path

    return make


def test_what_the_dead_have_left_is_removed(tmp_path, left):
    path = left()
    assert path.suffix == ".jpg"
    assert remove_abandoned(tmp_path) == [path]
    assert not path.exists()


def test_what_the_living_write_is_kept(tmp_path, left):
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    theirs, ours = left(living.pid), temporary_beside(tmp_path / "a.jpg")
    ours.touch()
    assert remove_abandoned(tmp_path) == []
    living.communicate(b"\n")
    assert remove_abandoned(tmp_path) == [theirs]


def test_of_other_machines_only_old_files_are_removed(tmp_path, left, monkeypatch):
    path = left()
    monkeypatch.setattr("autochrome.atomic._machine", lambda: "00000000")
    assert remove_abandoned(tmp_path) == []
    os.utime(path, (time.time() - 25 * 3600,) * 2)
    assert remove_abandoned(tmp_path) == [path]


def test_a_folder_goes_with_all_that_is_in_it(tmp_path, left, monkeypatch):
    kept = tmp_path / "kept"
    kept.touch()
    folder = left()
    folder.unlink()
    folder.mkdir()
    (folder / "shard-00000.parquet").write_text("half")
    (folder / "link").symlink_to(kept)
    monkeypatch.setattr("autochrome.atomic._machine", lambda: "00000000")
    os.utime(folder, (0, 0))  # files that are in it grow: that does not touch the folder
    assert remove_abandoned(tmp_path) == []
    monkeypatch.undo()
    assert remove_abandoned(tmp_path) == [folder]
    assert sorted(tmp_path.iterdir()) == [kept]


def test_two_machines_of_one_name_are_two(monkeypatch):
    numbers = iter(["1f\n", "2e\n"])
    monkeypatch.setattr("autochrome.atomic.Path.read_text", lambda path: next(numbers))
    first, second = (atomic._machine.__wrapped__() for _ in range(2))
    assert first != second


def test_other_files_are_never_removed(tmp_path):
    for name in ("a.jpg", ".autochrome-x.part.jpg", ".autochrome-journal", ".a.jpg.part"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    assert remove_abandoned(tmp_path) == []


def test_a_folder_that_is_missing_has_none(tmp_path):
    assert remove_abandoned(tmp_path / "missing") == []
