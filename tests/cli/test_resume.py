"""The same command again, after whatever has stopped it: only what is left is done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NUM_PHOTOS = 4
COMMAND = ("colorize", "-r", "in", "-o", "out", "--jobs", "1", "--device", "cpu", "--json")

KILL = """
import os, signal, sys, threading
import autochrome.pipeline.files, autochrome.pipeline.session
from autochrome.batch import Journal
from autochrome.cli.main import main

where, when, nth = sys.argv.pop(1).split()
owner, _, name = where.rpartition(".")
real, calls, lock = getattr(eval(owner), name), 0, threading.Lock()

def killing(*args, **kwargs):
    global calls
    with lock:
        calls += 1
        call = calls
    if call == int(nth) and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*args, **kwargs)
    if call == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

setattr(eval(owner), name, killing)
main()
"""

# Where a run dies, and how many photographs it has completed by then.
STAGES = {
    "before the plan is written": ("Journal.begin before 1", 0),
    "after the plan is written": ("Journal.begin after 1", 0),
    "before a photograph is read": ("autochrome.pipeline.files.open_photo before 2", 1),
    "while the network runs": ("autochrome.pipeline.session.Session.run after 2", 1),
    "while it is written": ("os.fsync before 2", 1),
    "before it gets its name": ("os.link before 2", 1),
    "after it has its name": ("os.link after 2", 2),
    "before its entry": ("Journal.record before 2", 2),
    "after its entry": ("Journal.record after 2", 2),
    "when all is done": ("Journal.end before 1", NUM_PHOTOS),
}


@pytest.fixture
def command(tmp_path, tiny_model, monkeypatch) -> tuple[str, ...]:
    """Colorize four small photographs, one of them in a sub-folder."""
    monkeypatch.chdir(tmp_path)
    Path("in/sub").mkdir(parents=True)
    ramp = np.tile(np.linspace(0, 255, 40, dtype=np.uint8), (24, 1))
    for i in range(NUM_PHOTOS):
        folder = Path("in/sub" if i == NUM_PHOTOS - 1 else "in")
        Image.fromarray(np.roll(ramp, i, axis=1)).save(folder / f"{i}.png")
    return (*COMMAND, "--model", str(tiny_model))


@pytest.fixture
def again(run, command) -> Callable[..., list[dict]]:
    """Give the command again; it must succeed."""

    def give(*more: str) -> list[dict]:
        result = run(*command, *more)
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return give


def outputs() -> dict[str, tuple[int, int]]:
    """Return the results, which must all be whole, and what shows whether they were replaced."""
    found = {}
    for path in sorted(Path("out").rglob("*.color.png")):
        with Image.open(path) as image:
            image.load()
        found[path.name] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def killed(command, where: str) -> None:
    process = subprocess.run([sys.executable, "-c", KILL, where, *command], capture_output=True)
    assert process.returncode == -signal.SIGKILL, process.stderr


def check_all_is_well() -> None:
    assert len(outputs()) == NUM_PHOTOS
    others = {path.name for path in Path().rglob(".*")}
    assert others == {".autochrome"}
    assert os.listdir("out/.autochrome") == ["journal.sqlite"]  # noqa: PTH208
    with closing(sqlite3.connect("out/.autochrome/journal.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute("SELECT status, source_sha256 IS NOT NULL FROM photographs")
        assert rows.fetchall() == [("done", True)] * NUM_PHOTOS


def statuses(lines: list[dict]) -> list[str]:
    return sorted(line["status"] for line in lines)


@pytest.mark.parametrize("stage", STAGES)
def test_killed(command, again, stage):
    where, num_done = STAGES[stage]
    killed(command, where)
    before = outputs()
    assert len(before) == num_done
    expected = ["done"] * (NUM_PHOTOS - num_done) + ["skipped"] * num_done
    assert statuses(again()) == expected
    check_all_is_well()
    after = outputs()
    assert {name: after[name] for name in before} == before
    assert statuses(again()) == ["skipped"] * NUM_PHOTOS
    assert outputs() == after


@pytest.mark.parametrize(
    ("where", "num_done"),
    [("os.fsync before 2", 1), ("Journal.record before 2", 2), ("Journal.record after 2", 2)],
)
def test_killed_while_overwriting(command, again, where, num_done):
    """What is left are the old ones, whether or not one was just being replaced."""
    Path("out/sub").mkdir(parents=True)
    for source in Path("in").rglob("*.png"):
        target = Path("out") / source.relative_to("in").with_suffix(".color.png")
        shutil.copy(source, target)
    old = outputs()
    killed((*command, "--overwrite"), where)
    assert sum(now != before for now, before in zip(outputs().values(), old.values(), strict=True))
    expected = ["done"] * (NUM_PHOTOS - num_done) + ["skipped"] * num_done
    assert statuses(again("--overwrite")) == expected
    check_all_is_well()
    assert not set(outputs().values()) & set(old.values())
    assert statuses(again("--overwrite")) == ["skipped"] * NUM_PHOTOS


def test_killed_with_several_at_work(command, again):
    killed((*command, "--jobs", "3"), "os.link after 2")
    before = outputs()
    assert before
    told = statuses(again("--jobs", "3"))
    assert told == ["done"] * (NUM_PHOTOS - len(before)) + ["skipped"] * len(before)
    check_all_is_well()


def test_interrupted(command, again):
    """The photograph at work is completed."""
    code = """
import os, signal
from autochrome.cli.main import main
from autochrome.pipeline.session import Session
real, calls = Session.run, 0

def interrupting(*args):
    global calls
    calls += 1
    if calls == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return real(*args)

signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever was inherited
Session.run = interrupting
main()
"""
    process = subprocess.run([sys.executable, "-c", code, *command], capture_output=True)
    assert (process.returncode, process.stderr) == (130, b"\nInterrupted.\n")
    assert len(outputs()) == 2
    assert statuses(again()) == ["done"] * (NUM_PHOTOS - 2) + ["skipped"] * 2
    check_all_is_well()


def test_out_of_memory(command, again):
    """Whether it ends in an error or in a crash, the next run does the rest."""
    code = """
import resource, sys
from pathlib import Path
import autochrome.batch.worker as worker
from autochrome.cli.main import main
real, calls = worker.Fingerprint.of, 0

def limiting(*args):
    global calls
    calls += 1
    if calls == 2:
        resource.setrlimit(resource.RLIMIT_AS, (1, 1))
    return real(*args)

worker.Fingerprint.of = limiting
main()
"""
    Image.fromarray(np.zeros((3000, 4000), np.uint8)).save("in/1.png")
    process = subprocess.run([sys.executable, "-c", code, *command], capture_output=True)
    assert process.returncode != 0
    assert len(outputs()) < NUM_PHOTOS
    num_done = len(outputs())
    assert statuses(again()) == ["done"] * (NUM_PHOTOS - num_done) + ["skipped"] * num_done
    check_all_is_well()


def test_full_disk(run, command, again, tmp_path):
    Path("out").mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", "out"], capture_output=True
    )
    if mount.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        Path("out/ballast").write_bytes(bytes(140_000))
        noise = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
        Image.fromarray(noise).save("in/1.png")
        result = run(*command)
        assert result.exit_code == 4
        told = [json.loads(line)["status"] for line in result.stdout.splitlines()]
        assert told == ["done", "failed", "waiting", "waiting"]
        assert result.stderr.count("is full") == 1
        assert "2 of 4 photographs are left" in result.stderr
        assert not list(Path("out").glob(".autochrome-*"))
        Image.open("in/0.png").save("in/1.png")
        Path("out/ballast").unlink()
        assert statuses(again()) == ["done"] * 3 + ["skipped"]
        check_all_is_well()
    finally:
        subprocess.run(["umount", "out"], check=True)


@pytest.mark.skipif(os.name != "posix", reason="pipes close otherwise there")
def test_nobody_reads_the_report(command, again):
    end, start = os.pipe()
    os.close(end)
    code = "from autochrome.cli.main import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", code, *command], stdout=start, stderr=subprocess.PIPE, text=True
    )
    os.close(start)
    assert (told.returncode, told.stderr) == (4, "Error: Nobody reads stdout any more\n")
    before = outputs()
    assert len(before) == 1
    assert statuses(again()) == ["done"] * (NUM_PHOTOS - 1) + ["skipped"]
    check_all_is_well()
    assert outputs().items() >= before.items()


def test_read_only_folder(run, command, again):
    Path("out").mkdir(mode=0o555)
    root = os.geteuid() == 0
    if root and subprocess.run(["chattr", "+i", "out"], capture_output=True).returncode:
        pytest.skip("root may write here whatever the permissions")
    try:
        result = run(*command)
    finally:
        if root:
            subprocess.run(["chattr", "-i", "out"], check=True)
        Path("out").chmod(0o755)
    assert result.exit_code == 4
    assert "The outputs would go to out too: choose another --output" in result.stderr
    assert statuses(again()) == ["done"] * NUM_PHOTOS
    check_all_is_well()


def test_a_file_that_vanishes_after_the_plan(run, command, again, monkeypatch):
    content = Path("in/1.png").read_bytes()
    with monkeypatch.context() as patch:
        vanish = partial(Path("in/1.png").unlink, missing_ok=True)
        patch.setattr("autochrome.batch.driver.remove_abandoned", lambda _: vanish())
        result = run(*command)
    assert result.exit_code == 8
    assert "Cannot read in/1.png: No such file" in result.stderr
    assert len(outputs()) == NUM_PHOTOS - 1
    Path("in/1.png").write_bytes(content)
    assert statuses(again()) == ["done"] + ["skipped"] * (NUM_PHOTOS - 1)
    check_all_is_well()


class TestTheJournal:
    def test_other_options_are_refused_and_done_with_overwrite(self, run, command, again):
        again()
        result = run(*command, "--saturation", "0.5")
        assert result.exit_code == 4
        assert "out/0.color.png and 3 more outputs exist" in result.stderr
        assert statuses(again("--saturation", "0.5", "--overwrite")) == ["done"] * NUM_PHOTOS
        assert statuses(again("--saturation", "0.5")) == ["skipped"] * NUM_PHOTOS

    def test_a_changed_photograph_is_refused_and_done_with_overwrite(self, run, command, again):
        again()
        Image.open("in/1.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save("in/0.png")
        assert run(*command).exit_code == 4
        done = [line["source"] for line in again("--overwrite") if line["status"] == "done"]
        assert done == ["in/0.png"]

    def test_new_photographs_are_added(self, command, again):
        again()
        shutil.copy("in/0.png", "in/new.png")
        assert statuses(again()) == ["done"] + ["skipped"] * NUM_PHOTOS

    def test_somebody_elses_file_is_protected(self, run, command):
        Path("out").mkdir()
        Path("out/1.color.png").write_text("precious")
        assert run(*command).exit_code == 4
        assert Path("out/1.color.png").read_text() == "precious"
        assert outputs_but("1.color.png") == []

    def test_two_runs_at_once_are_refused(self, run, command, again):
        from autochrome.batch import Journal

        with Journal(Path("out/.autochrome"), "s") as other:
            other.begin([])
            result = run(*command)
        assert result.exit_code == 4
        assert "Another run is at work" in result.stderr
        again()

    def test_dry_run_knows_what_is_made(self, command, again):
        assert statuses(again("--dry-run")) == ["planned"] * NUM_PHOTOS
        assert not Path("out").exists()
        again()
        assert statuses(again("--dry-run")) == ["skipped"] * NUM_PHOTOS

    def test_elsewhere(self, command, again):
        again("--state", "state")
        assert statuses(again("--state", "state")) == ["skipped"] * NUM_PHOTOS
        assert Path("state/journal.sqlite").exists()
        assert not Path("out/.autochrome").exists()

    def test_beside_the_photographs_of_one_folder(self, run, command):
        model = command[-2:]
        for status in ("done", "skipped"):
            result = run("colorize", "in", "--json", *model)
            assert {json.loads(line)["status"] for line in result.stdout.splitlines()} == {status}
        assert Path("in/.autochrome/journal.sqlite").exists()

    @pytest.mark.parametrize("photos", [["in/?.png"], ["in/0.png", "in/1.png"]])
    def test_is_kept_for_patterns_and_several_files(self, run, command, photos):
        for status in ("done", "skipped"):
            result = run("colorize", *photos, "-o", "out/", "--json", *command[-2:])
            assert {json.loads(line)["status"] for line in result.stdout.splitlines()} == {status}

    def test_is_not_kept_for_single_files(self, run, command):
        assert run("colorize", "in/0.png", "in/1.png", *command[-2:]).exit_code == 0
        assert run("colorize", "in/0.png", "-o", "out/", *command[-2:]).exit_code == 0
        assert not list(Path().rglob(".autochrome"))


def outputs_but(name: str) -> list[str]:
    return [path.name for path in Path("out").rglob("*") if path.name != name]
