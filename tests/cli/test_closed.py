"""Streams that are closed, or lead to where there is no room."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from autochrome.cli.failure import tell
from autochrome.cli.progress import terminal_progress

pytestmark = pytest.mark.skipif(os.name != "posix", reason="speaks to a shell")
MAIN = "from autochrome.cli.main import main; main()"


@pytest.fixture
def shell(tmp_path):
    """Run a command line whose streams are as a shell is told."""

    def run(*arguments, streams, **environment):
        return subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {streams}', sys.executable, "-c", MAIN, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | environment,
            check=False,
        )

    return run


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models"]])
def test_no_room_for_what_is_printed(shell, arguments):
    told = shell(*arguments, streams="> /dev/full")
    message = "Error: Cannot write the output: No space left on device\nMake room for it\n"
    assert (told.returncode, told.stderr) == (4, message)


def without_reader(*arguments, stderr=subprocess.PIPE):
    """Run a command line that writes into a pipe of which the other end is gone."""
    end, start = os.pipe()
    os.close(end)
    try:
        return subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            stdout=start,
            stderr=start if stderr == subprocess.STDOUT else stderr,
            text=True,
            check=False,
        )
    finally:
        os.close(start)


def the_photograph(folder):
    Image.new("L", (8, 8), 90).save(folder / "a.png")  # a result smaller than any buffer
    return str(folder / "a.png")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models"], ["models", "--help"]])
def test_nobody_reads_what_is_printed(arguments):
    told = without_reader(*arguments)
    assert (told.returncode, told.stderr) == (4, "Error: Nobody reads stdout any more\n")


def test_nobody_reads_a_photograph(tmp_path, tiny_model):
    told = without_reader(
        "colorize", the_photograph(tmp_path), "--model", str(tiny_model), "-o", "-"
    )
    assert (told.returncode, told.stderr) == (4, "Error: Nobody reads stdout any more\n")


def test_nobody_reads_stderr_either(tmp_path, tiny_model):
    photograph = the_photograph(tmp_path)
    told = without_reader(
        "colorize", photograph, "--model", str(tiny_model), stderr=subprocess.STDOUT
    )
    assert told.returncode == 4
    assert (tmp_path / "a.color.png").exists()


def test_a_photograph_does_not_go_to_a_closed_stdout(shell):
    told = shell("colorize", "a.jpg", "-o", "-", streams=">&-")
    assert (told.returncode, told.stderr) == (
        4,
        "Error: stdout is closed\nUse > FILE or --output\n",
    )


def test_a_photograph_does_not_come_from_a_closed_stdin(shell):
    told = shell("colorize", "-", "-o", "new.png", streams="<&-")
    assert told.returncode == 3
    assert told.stderr == "Error: stdin is closed\nUse < FILE, or name the photograph\n"


def test_a_list_does_not_come_from_a_closed_stdin(shell):
    told = shell("colorize", "--files-from", "-", "-o", "out/", streams="<&-")
    assert (told.returncode, told.stdout) == (3, "")
    assert told.stderr == "Error: Cannot read the list from stdin: it is closed\n"


def test_what_a_closed_stderr_would_get_is_not_mixed_into_stdout(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    tell("Warning: a photograph may be on its way")
    assert list(terminal_progress()([1, 2], total=2, description="")) == [1, 2]
    assert capsys.readouterr().out == ""
