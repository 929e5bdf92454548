"""``autochrome video`` with a tiny model."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from autochrome.cli.failure import _deliberate

WIDTH, HEIGHT, RATE = 64, 48, 10


def write_film(path: Path, frames: int = 12, *, rate: int = RATE, sound: bool = False) -> Path:
    """Write a gray film: a ramp that brightens."""
    ramp = np.tile(np.linspace(20, 180, WIDTH), (HEIGHT, 1))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for number in range(frames):
            luma = (ramp + number % 20).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for start in range(0, 48000 * frames // rate if audio else 0, 1024):
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            quiet.sample_rate, quiet.pts, quiet.time_base = 48000, start, Fraction(1, 48000)
            container.mux(audio.encode(quiet))
        if audio:
            container.mux(audio.encode(None))
    return path


@pytest.fixture
def old(tmp_path) -> Path:
    return write_film(tmp_path / "old.mp4")


@pytest.fixture
def video(run, tiny_model):
    def invoke(*arguments, **how):
        return run("video", "--model", str(tiny_model), "--device", "cpu", *arguments, **how)

    return invoke


def chroma(path: Path) -> np.ndarray:
    """(N,) mean distance of each frame's color from gray, in R'G'B' codes."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.array([np.ptp(frame.astype(int), axis=-1).mean() for frame in frames])


def test_a_film_gets_color(video, old, tmp_path):
    result = video("old.mp4")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "old.mp4 -> old.color.mp4 (12 frames, 1 scene)" in result.stderr
    assert len(chroma(tmp_path / "old.color.mp4")) == 12
    assert chroma(tmp_path / "old.color.mp4").min() > 5


def test_quiet(video, old):
    result = video("-q", "old.mp4", "-o", "new.mkv")
    assert (result.exit_code, result.output) == (0, "")


def test_json(video, old):
    result = video("--json", "old.mp4", "-o", "new.mkv")
    told = json.loads(result.stdout)
    assert (told["source"], told["destination"]) == ("old.mp4", "new.mkv")
    assert (told["frames"], told["scenes"]) == (12, 1)
    assert result.stderr == ""


def test_what_can_only_be_read_becomes_matroska(video, old, tmp_path):
    old.rename(tmp_path / "old.flv")
    assert video("old.flv").exit_code == 0
    assert (tmp_path / "old.color.mkv").exists()


def test_control(video, old, tmp_path):
    """All that a person may choose, at once."""
    (tmp_path / "hints.txt").write_text("# known\n75%,50%=#3060b0\n")
    choice = ["--preset", "vivid", "--saturation", "1.2", "--strength", "0.9", "--size", "48"]
    hints = ["--hints", "hints.txt", "--hint", "1:10,20=#b03030", "--hint", "3:1,1=#808080"]
    codec = ["--codec", "h265", "--crf", "30", "--speed", "ultrafast", "--threads", "1"]
    result = video("old.mp4", "-o", "new.mkv", *choice, *hints, *codec, "--temperature", "0.5")
    assert result.exit_code == 0, result.stderr
    assert "Warning: There is no scene 3: its hints are not used" in result.stderr
    with av.open(str(tmp_path / "new.mkv")) as container:
        assert container.streams.video[0].codec_context.name == "hevc"


def test_strength_is_heeded(video, old, tmp_path):
    assert video("old.mp4", "--strength", "0").exit_code == 0
    assert chroma(tmp_path / "old.color.mp4").max() < 2


def test_a_preview_is_short_and_its_sound_too(video, tmp_path):
    write_film(tmp_path / "old.mp4", 30, sound=True)
    result = video("old.mp4", "--preview", "1+1s", "-o", "look.mp4")
    assert result.exit_code == 0, result.stderr
    assert "(10 frames" in result.stderr
    with av.open(str(tmp_path / "look.mp4")) as container:
        sound = sum(frame.samples for frame in container.decode(audio=0))
    assert 0.9 < sound / 48000 < 1.1


def test_a_sequence_of_images(video, old, tmp_path):
    assert video("old.mp4", "-o", "frames/%03d.png").exit_code == 0
    assert len(list((tmp_path / "frames").iterdir())) == 12
    result = video("frames", "-o", "again.mp4", "--rate", "5/2")
    assert result.exit_code == 0, result.stderr
    with av.open(str(tmp_path / "again.mp4")) as container:
        assert container.streams.video[0].average_rate == Fraction(5, 2)


def test_a_contact_sheet_alone(video, old, tmp_path):
    result = video("old.mp4", "--contact-sheet", "scenes.jpg")
    assert result.exit_code == 0, result.stderr
    assert "old.mp4 -> scenes.jpg (1 scene)" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"old.mp4", "scenes.jpg"}


def test_a_contact_sheet_with_the_film(video, old, tmp_path):
    assert video("old.mp4", "--contact-sheet", "scenes.jpg", "-o", "new.mp4").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"old.mp4", "new.mp4", "scenes.jpg"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.mp4"], 3, "missing.mp4"),
        (["old.mp4", "-o", "old.mp4"], 4, "is the input"),
        (["old.mp4", "-o", "taken.mp4"], 4, "taken.mp4 exists"),
        (["old.mp4", "-o", "new.xyz"], 2, "new.xyz"),
        (["old.mp4", "--crf", "99"], 2, "crf"),
        (["old.mp4", "--hint", "0:1,1=#808080"], 2, "no scene 0"),
        (["old.mp4", "--hint", "1:999,1=#808080"], 2, "lies outside old.mp4"),
        (["old.mp4", "--preview", "soon"], 2, "'soon' cannot be read"),
        (["old.mp4", "--reference", "5=missing.png"], 3, "missing.png"),
        (["old.mp4", "--contact-sheet", "scenes.gif"], 2, "not .gif"),
        (["-"], 2, "--output"),
        (["old.mp4", "-o", "-", "--json"], 2, "--json"),
        (["old.mp4", "-o", "-", "--preview", "1s"], 2, "films that are files"),
        (["old.mp4", "--rate", "0"], 2, "'0' is no number"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(
    video, old, tmp_path, arguments, code, message
):
    (tmp_path / "taken.mp4").touch()
    result = video(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"old.mp4", "taken.mp4"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("old.mp4 -o new.mkv --codec ffv1 --crf 20", "--crf is for --codec h264 or h265, not ffv1"),
        ("old.mp4 -o new.mov --codec prores --speed slow", "--speed is for --codec h264 or h265"),
        ("old.mp4 -o new.mkv --codec ffv1 --crf 17", "--crf is for"),  # what it is anyway
        ("old.mp4 --rate 30", "--rate is for a FILM of images"),
        ("- -o new.mkv --rate 30", "--rate is for a FILM of images"),
        ("old.mp4 --format mp4", "--format is for --output -"),
        ("old.mp4 -o udp://127.0.0.1:9 --format mpegts", "--format is for --output -"),
        ("old.mp4 -o frames/ --codec ffv1", "--codec is for a film, and --output is for images"),
        ("frames/ -o new/ --rate 30", "--rate is for a film, and --output is for images"),
        (
            "old.mp4 --contact-sheet s.jpg --crf 20",
            "--contact-sheet alone writes no film for --crf",
        ),
    ],
)
def test_options_that_would_change_nothing_are_refused(video, old, tmp_path, arguments, message):
    (tmp_path / "frames").mkdir()
    result = video(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"old.mp4", "frames"}


def test_a_variable_that_is_for_other_films_is_let_be(video, old, tmp_path):
    variables = {"AUTOCHROME_VIDEO_RATE": "30", "AUTOCHROME_VIDEO_CRF": "20"}
    assert video("old.mp4", "-o", "new.mkv", "--codec", "ffv1", env=variables).exit_code == 0
    assert len(chroma(tmp_path / "new.mkv")) == 12


def test_options_that_change_something_are_taken(video, old, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reading = threading.Thread(target=(tmp_path / "pipe").read_bytes, daemon=True)
    reading.start()
    assert video("old.mp4", "-o", "pipe", "--format", "mpegts", "--crf", "20").exit_code == 0
    reading.join(60)
    assert not reading.is_alive()
    sheet = ("old.mp4", "--contact-sheet", "s.jpg", "-o", "new.mkv", "--codec", "ffv1")
    assert video(*sheet).exit_code == 0


def test_overwrite(video, old, tmp_path):
    (tmp_path / "old.color.mp4").write_bytes(b"mine")
    assert video("old.mp4").exit_code == 4
    assert (tmp_path / "old.color.mp4").read_bytes() == b"mine"
    assert video("old.mp4", "--overwrite").exit_code == 0
    assert len(chroma(tmp_path / "old.color.mp4")) == 12


def test_after_ctrl_c_the_line_that_is_told_goes_on(tmp_path, tiny_model):
    write_film(tmp_path / "it is old.mp4", 160, rate=2)
    program = "from autochrome.cli.main import main; main()"
    command = ["video", "--model", str(tiny_model), "--device", "cpu", "it is old.mp4"]
    how = {"cwd": tmp_path, "stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", program, *command], **how)
    folder = tmp_path / "it is old.color.mp4.parts"
    for _ in range(3000):
        if process.poll() is not None or list(folder.glob("00001.*")):  # a part is done
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    line = told.splitlines()[-1].strip()
    assert shlex.split(line) == ["autochrome", *command]
    again = [sys.executable, "-c", program, *shlex.split(line)[1:], "--json"]
    done = subprocess.run(again, check=True, **how)
    result = json.loads(done.stdout)
    assert (result["frames"], result["resumed"]) == (160, True)


def test_without_the_extra_the_message_says_what_to_install(video, old, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    result = video("old.mp4")
    assert result.exit_code == 6
    assert "pip install 'autochrome[video]'" in result.stderr


def test_the_extra_is_known_by_the_name_of_its_first_module():
    error = ModuleNotFoundError("No module named 'av'", name="av")
    assert "autochrome[video]" in _deliberate(error).advice
