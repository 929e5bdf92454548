"""Which photographs, how many at a time, and when to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("fake")


def outputs() -> set[str]:
    return {path.as_posix() for path in Path().rglob("*.color.*")}


def statuses(result) -> list[str]:
    return [json.loads(line)["status"] for line in result.stdout.splitlines()]


class TestPatterns:
    def test_need_no_shell(self, run, touch):
        touch("in/x/a.jpg", "in/y/b.jpg", "in/y/c.tif")
        assert run("colorize", "in/**/*.jpg", "-o", "out").exit_code == 0
        assert outputs() == {"out/x/a.color.jpg", "out/y/b.color.jpg"}

    def test_without_a_match_fail_and_the_rest_is_done(self, run, touch):
        touch("a.jpg")
        result = run("colorize", "*.tif", "a.jpg")
        assert result.exit_code == 8
        assert "*.tif does not exist" in result.stderr
        assert outputs() == {"a.color.jpg"}


class TestFilesFrom:
    def test_lines_from_stdin_keep_their_folders(self, run, touch):
        touch("in/x/1.jpg", "in/y/1.jpg", "ignored.jpg")
        result = run(
            "colorize", "--files-from", "-", "-o", "out", stdin=b"in/x/1.jpg\n\nin/y/1.jpg\n"
        )
        assert result.exit_code == 0, result.stderr
        assert outputs() == {"out/in/x/1.color.jpg", "out/in/y/1.color.jpg"}

    def test_a_list_made_elsewhere(self, run, touch, tmp_path):
        touch("a b.jpg", "ü.jpg")
        Path("list.txt").write_bytes("\ufeffa b.jpg\r\nü.jpg\r\n".encode())
        assert run("colorize", "--files-from", "list.txt").exit_code == 0
        assert outputs() == {"a b.color.jpg", "ü.color.jpg"}

    @pytest.mark.skipif(os.name == "nt", reason="names are simpler there")
    def test_nul_takes_any_name(self, run, tmp_path):
        names = [b"new\nline.jpg", b"\xff.jpg", b" .jpg"]
        for name in names:
            Path(os.fsdecode(name)).touch()
        result = run("colorize", "-0", "--files-from", "-", stdin=b"\0".join(names) + b"\0")
        assert result.exit_code == 0, result.stderr
        assert len(outputs()) == 3

    def test_nul_that_was_not_announced_is_a_usage_error(self, run):
        result = run("colorize", "--files-from", "-", stdin=b"a.jpg\0b.jpg\0")
        assert result.exit_code == 2
        assert "--null" in result.stderr

    def test_null_alone_is_a_usage_error(self, run, touch):
        touch("a.jpg")
        assert run("colorize", "-0", "a.jpg").exit_code == 2

    def test_names_outside_go_where_named_files_go(self, run, touch, tmp_path):
        touch("in/a.jpg", "in/b.jpg", "here/x")
        os.chdir("here")
        lines = f"../in/a.jpg\n{tmp_path}/in/b.jpg\n".encode()
        assert run("colorize", "--files-from", "-", "-o", "out", stdin=lines).exit_code == 0
        assert outputs() == {"out/a.color.jpg", "out/b.color.jpg"}

    def test_missing_ones_fail_and_the_rest_is_done(self, run, touch):
        touch("a.jpg")
        result = run("colorize", "--files-from", "-", "-o", "out", stdin=b"gone.jpg\na.jpg\n")
        assert result.exit_code == 8
        assert "gone.jpg does not exist" in result.stderr
        assert outputs() == {"out/a.color.jpg"}

    def test_empty_list(self, run):
        assert run("colorize", "--files-from", "-", stdin=b"\n").exit_code == 3

    def test_missing_list(self, run):
        assert run("colorize", "--files-from", "none.txt").exit_code == 2

    def test_list_that_cannot_be_read(self, run, touch, monkeypatch):
        touch("list.txt")

        def refuse(self):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", refuse)
        result = run("colorize", "--files-from", "list.txt")
        assert result.exit_code == 3
        assert "Cannot read the list list.txt: Permission denied" in result.stderr


class TestStopping:
    @pytest.mark.parametrize(
        ("stem", "code", "how"), [("bad", 8, ["--fail-fast"]), ("full", 4, [])]
    )
    def test_after_a_failure(self, run, touch, stem, code, how):
        touch("a.jpg", f"{stem}.jpg", "x.jpg", "y.jpg")
        names = ["a.jpg", f"{stem}.jpg", "x.jpg", "y.jpg"]
        result = run("colorize", "--json", "--jobs", "1", *how, *names)
        assert result.exit_code == code
        assert statuses(result) == ["done", "failed", "waiting", "waiting"]
        assert "Stopped: 2 of 4 photographs are left" in result.stderr
        assert outputs() == {"a.color.jpg"}

    def test_full_disk_is_told_once(self, run, touch):
        names = [f"{folder}/full.jpg" for folder in "abcd"]
        touch(*names)
        result = run("colorize", "--jobs", "2", *names)
        assert result.exit_code == 4
        assert result.stderr.count("The disk is full") == 1

    def test_unreadable_folder_is_named_and_the_rest_done(self, run, touch, monkeypatch):
        touch("in/a.jpg", "in/secret/b.jpg")
        scandir = os.scandir

        def refuse(path="."):
            if os.fspath(path) == "in/secret":
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)  # root may look everywhere
        result = run("colorize", "-r", "in", "-o", "out", "--json")
        told = {line["source"]: line for line in map(json.loads, result.stdout.splitlines())}
        assert told.keys() == {"in/a.jpg", "in/secret"}
        assert [line["status"] for _, line in sorted(told.items())] == ["done", "failed"]
        assert outputs() == {"out/a.color.jpg"}


class TestLeftOut:
    FILES = ("in/a.jpg", "in/a.PSD", "in/b.psd", "in/x/c.jxl", "in/notes.txt", "in/.d.psd")
    LINE = "Left out, not read: 2 .psd, 1 .jxl\n"

    @pytest.mark.parametrize("how", [[], ["--json"], ["--dry-run"]])
    def test_images_are_counted_at_the_end(self, run, touch, how):
        touch(*self.FILES)
        result = run("colorize", "-r", "in", "in/*", "-o", "out", *how)
        assert result.exit_code == 0
        assert result.stderr.endswith(self.LINE)
        assert "Left out" not in result.stdout

    def test_not_if_quiet(self, run, touch):
        touch(*self.FILES)
        assert run("colorize", "-r", "in", "-o", "out", "-q").stderr == ""

    def test_also_where_there_is_nothing_else(self, run, touch):
        touch("in/a.nef", "in/b.nef")
        result = run("colorize", "in")
        assert result.exit_code == 3
        assert "Left out, not read: 2 .nef\n" in result.stderr


class TestJobs:
    def test_one_a_core_for_many(self, run, touch, fake, monkeypatch):
        monkeypatch.setattr("autochrome.cli.batch.num_cores", lambda: 4)
        touch("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg")
        assert run("colorize", ".").exit_code == 0
        assert fake.opened[0]["num_threads"] == 1

    def test_all_cores_for_one(self, run, touch, fake, monkeypatch):
        monkeypatch.setattr("autochrome.cli.batch.num_cores", lambda: 4)
        touch("a.jpg")
        assert run("colorize", ".").exit_code == 0
        assert fake.opened[0]["num_threads"] is None

    def test_some_for_some(self, run, touch, fake, monkeypatch):
        monkeypatch.setattr("autochrome.cli.batch.num_cores", lambda: 4)
        touch("a.jpg", "b.jpg")
        assert run("colorize", ".").exit_code == 0
        assert fake.opened[0]["num_threads"] == 2


class TestWatching:
    @pytest.fixture
    def rounds(self, monkeypatch):
        """Let so many looks find all files at rest, each after something has happened."""

        def prepare(*happenings):
            def settled_at_once(find, is_stopped):
                for happen in happenings:
                    happen()
                    yield find()
                signal.raise_signal(signal.SIGTERM)
                assert is_stopped()

            monkeypatch.setattr("autochrome.cli.watch.watch", settled_at_once)

        return prepare

    def test_what_comes_is_done_until_the_end(self, run, touch, rounds):
        touch("in/x/a.jpg")
        rounds(lambda: None, lambda: touch("in/b.jpg"))
        result = run("colorize", "--watch", "-r", "in", "-o", "out")
        assert result.exit_code == 0, result.stderr
        assert outputs() == {"out/x/a.color.jpg", "out/b.color.jpg"}
        assert "in/b.jpg -> out/b.color.jpg" in result.stderr
        assert "No longer watching" in result.stderr

    def test_what_is_not_read_is_told_of_once(self, run, touch, rounds):
        touch("in/a.psd")
        rounds(lambda: None, lambda: touch("in/b.psd"))
        assert "Left out, not read: 2 .psd\n" in run("colorize", "--watch", "in").stderr

    def test_a_restart_does_nothing_twice(self, run, touch, rounds, fake):
        touch("in/a.jpg", "in/b.jpg")
        rounds(lambda: None)
        command = ("colorize", "--watch", "in", "--json")
        assert sorted(statuses(run(*command))) == ["done", "done"]
        assert sorted(statuses(run(*command))) == ["skipped", "skipped"]
        assert Path("in/.autochrome/journal.sqlite").exists()

    def test_failures_are_counted_and_do_not_end_it(self, run, touch, rounds):
        touch("in/bad.jpg", "in/c.jpg", "in/c.color.jpg", "in/huge.jpg")
        rounds(lambda: None, lambda: touch("in/z.jpg"))
        result = run("colorize", "--watch", "in")
        assert result.exit_code == 8
        assert "in/c.color.jpg exists" in result.stderr
        assert outputs() >= {"in/z.color.jpg"}

    def test_one_failure_is_one(self, run, touch, rounds):
        touch("in/bad.jpg")
        rounds(lambda: None)
        assert "Error: 1 photograph failed\n" in run("colorize", "--watch", "in").stderr

    @pytest.mark.parametrize("where", [[], ["-o", "in"], ["-r", "-o", "in/out"]])
    def test_outputs_that_would_be_inputs_are_refused(self, run, touch, rounds, where):
        touch("in/a.bmp")
        rounds(lambda: None)
        result = run("colorize", "--watch", "in", "--suffix", "", *where)
        assert result.exit_code == 2
        assert "would be inputs" in result.stderr
        assert not list(Path("in").glob("*.png"))

    def test_two_with_one_output_are_told_apart(self, run, touch, rounds):
        touch("in/a.gif", "in/a.bmp")
        rounds(lambda: None)
        result = run("colorize", "--watch", "in")
        assert result.exit_code == 8
        assert "would both be written to" in result.stderr
        assert outputs() == {"in/a.color.png"}

    @pytest.mark.parametrize(("stem", "how"), [("full", []), ("bad", ["--fail-fast"])])
    def test_stops_where_going_on_is_pointless(self, run, touch, rounds, stem, how):
        touch(f"in/{stem}.jpg")
        rounds(lambda: None, lambda: touch("in/z.jpg"))
        result = run("colorize", "--watch", "in", *how)
        assert result.exit_code == (4 if stem == "full" else 8)
        assert outputs() == set()

    def test_the_first_signal_lets_the_photographs_at_work_be_completed(
        self, run, touch, rounds, fake, monkeypatch
    ):
        touch("in/a.jpg", "in/b.jpg", "in/c.jpg")
        colorize_file = fake.colorize_file

        def interrupted(self, source, *args, **how):
            if source.stem == "b":
                signal.raise_signal(signal.SIGINT)
            return colorize_file(self, source, *args, **how)

        monkeypatch.setattr(fake, "colorize_file", interrupted)
        rounds(lambda: None)
        handler = signal.getsignal(signal.SIGINT)
        result = run("colorize", "--watch", "in", "--jobs", "1", "--json")
        assert result.exit_code == 0
        assert statuses(result) == ["done", "done", "waiting"]
        assert signal.getsignal(signal.SIGINT) is handler

    @pytest.mark.parametrize(
        "arguments", [["a.jpg"], ["in", "in2"], ["missing"], ["in", "--dry-run"], []]
    )
    def test_takes_one_folder(self, run, touch, arguments):
        touch("a.jpg", "in/a.jpg", "in2/a.jpg")
        assert run("colorize", "--watch", *arguments).exit_code == 2

    @pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent there")
    def test_with_the_real_clock(self, touch, tmp_path, tiny_model, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("in").mkdir()
        code = "from autochrome.cli.main import main; main()"
        command = ["colorize", "--watch", "in", "-o", "out", "--model", str(tiny_model)]
        process = subprocess.Popen(
            [sys.executable, "-c", code, *command], stderr=subprocess.PIPE, text=True
        )
        assert "Watching in" in process.stderr.readline()
        Path("in/text.jpg").write_text("no photograph")
        assert "text.jpg is damaged" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 8, told
        assert "No longer watching" in told
