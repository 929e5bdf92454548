"""Whatever ends a run: the next one goes on, and the film is the one of an undisturbed run."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import av
import pytest

from autochrome.errors import DiskFullError, OutputError, StoppedError
from autochrome.pipeline import ColorizeOptions
from autochrome.video import VideoOptions, colorize_video
from autochrome.video import film as film_files
from autochrome.video.parts import left, mux, work_folder
from autochrome.video.parts.work_folder import WorkFolder, open_work, work_path
from autochrome.video.steady.scene import SceneState

LOSSLESS = VideoOptions(codec="ffv1", color=ColorizeOptions(working_side=32))


@pytest.fixture(autouse=True)
def short_parts(monkeypatch):
    monkeypatch.setattr(film_files, "_SEGMENT_S", 0.15)
    monkeypatch.setattr(film_files, "_LONG_SEGMENT_S", 0.25)


@pytest.fixture(scope="module")
def source(film, tmp_path_factory):
    """Three scenes of 18, 12 and 4 frames."""
    return film(tmp_path_factory.mktemp("films") / "in.mp4", range(34), cuts=(18, 30))


@pytest.fixture(scope="module")
def undisturbed(source, tiny_colorizer, tmp_path_factory):
    """The film as a run without parts makes it."""
    output = tmp_path_factory.mktemp("films") / "whole.mkv"
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert not result.resumed
    return output


def stop_after(asked):
    """A wish to stop that is uttered the n-th time it is asked for."""
    left = iter(range(asked, -1, -1))
    return lambda: next(left) == 0


@pytest.mark.parametrize("asked", [1, 3, 5, 7, 10])
def test_stopped_film_goes_on(source, undisturbed, read_film, tiny_colorizer, tmp_path, asked):
    """Within scenes and at their beginning, to the bit."""
    output = tmp_path / "out.mkv"
    with pytest.raises(StoppedError, match="same command"):
        colorize_video(
            source, output, LOSSLESS, colorizer=tiny_colorizer, is_stopped=stop_after(asked)
        )
    assert not output.exists()
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert result.resumed
    assert read_film(output) == read_film(undisturbed)
    assert list(tmp_path.iterdir()) == [output]


def test_state_of_a_scene_matters(
    source, undisturbed, read_film, tiny_colorizer, tmp_path, monkeypatch
):
    """The test above can fail: without what a scene remembers, its colors are others."""
    output = tmp_path / "out.mkv"
    with pytest.raises(StoppedError):
        colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer, is_stopped=stop_after(4))
    load = WorkFolder.load

    def forget(work):
        load(work)
        work.resume = replace(work.resume, state=SceneState(work.resume.state.scene))

    monkeypatch.setattr(WorkFolder, "load", forget)
    colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert read_film(output) != read_film(undisturbed)


def test_stopped_film_can_be_looked_at(source, tiny_colorizer, tmp_path):
    """With sound, up to where it has come."""
    output = tmp_path / "out.mp4"
    with pytest.raises(StoppedError, match=r"so-far\.mp4"):
        colorize_video(source, output, colorizer=tiny_colorizer, is_stopped=stop_after(5))
    with av.open(str(work_path(output) / "so-far.mp4")) as part:
        video, audio = part.streams
        pictures = [packet.pts * packet.time_base for packet in part.demux(video) if packet.size]
        part.seek(0)
        sounds = [packet.pts * packet.time_base for packet in part.demux(audio) if packet.size]
    assert 0 < len(pictures) < 30
    assert max(pictures) - 0.04 < max(sounds) <= max(pictures) + 0.04


def test_stopped_before_anything_is_done(source, tiny_colorizer, tmp_path):
    with pytest.raises(StoppedError, match="before the first part"):
        colorize_video(
            source, tmp_path / "out.mp4", colorizer=tiny_colorizer, is_stopped=lambda: True
        )
    assert list(tmp_path.iterdir()) == []


def test_interrupt_keeps_what_is_done(source, undisturbed, read_film, tiny_colorizer, tmp_path):
    """At any moment, as Ctrl-C without a handler: no thread and no half file stays."""

    def interrupted(frames, *, total, description):
        for number, frame in enumerate(frames):
            if number == 22:
                raise KeyboardInterrupt
            yield frame

    output = tmp_path / "out.mkv"
    threads = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer, progress=interrupted)
    assert not set(threading.enumerate()) - threads
    names = {path.suffix for path in work_path(output).iterdir()}
    assert names == {".nut", ".npz", ".json", ""}
    assert not list(work_path(output).glob(".autochrome-*"))
    assert colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer).resumed
    assert read_film(output) == read_film(undisturbed)


def test_only_joining_is_left(
    source, undisturbed, read_film, tiny_colorizer, tmp_path, monkeypatch
):
    """Nothing is decoded or colored again, and nothing is said to be missing."""
    output = tmp_path / "out.mkv"

    def fail(*args, **kwargs):
        raise OSError(5, os.strerror(5))

    with monkeypatch.context() as patch:
        patch.setattr(film_files, "mux_film", fail)
        with pytest.raises(OutputError, match="Cannot write"):
            colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    monkeypatch.setattr(film_files, "color_frames", None)
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert (result.warnings, result.frames, result.scenes) == ((), 34, 3)
    assert read_film(output) == read_film(undisturbed)


def test_progress_counts_what_is_left(source, tiny_colorizer, tmp_path):
    output = tmp_path / "out.mkv"
    told = []

    def watch(frames, *, total, description):
        told.append((total, description))
        count = 0
        for frame in frames:
            count += 1
            yield frame
        told.append(count)

    with pytest.raises(StoppedError):
        colorize_video(
            source,
            output,
            LOSSLESS,
            colorizer=tiny_colorizer,
            progress=watch,
            is_stopped=stop_after(5),
        )
    colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer, progress=watch)
    (whole, name), (left, _), count = told
    assert (whole, name) == (34, "in.mp4")
    assert 0 < left == count < 34


SCRIPT = """
    import sys
    from autochrome.pipeline import ColorizeOptions, Colorizer
    from autochrome.video import VideoOptions, colorize_video
    from autochrome.video import film as film_files
    from autochrome.video.parts import work_folder

    film_files._SEGMENT_S, film_files._LONG_SEGMENT_S = 0.15, 0.25
    write = work_folder.WorkFolder._write

    def tell(work):
        write(work)
        print(len(work.segments), flush=True)
        if len(work.segments) == 2:
            sys.stdin.read()  # waits to be killed

    work_folder.WorkFolder._write = tell
    source, output, model = sys.argv[1:]
    colorize_video(
        source,
        output,
        VideoOptions(codec="ffv1", color=ColorizeOptions(working_side=32)),
        colorizer=Colorizer.open(model),
    )
"""


def test_killed_film_goes_on(source, undisturbed, read_film, tiny_model, tiny_colorizer, tmp_path):
    output = tmp_path / "out.mkv"
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), source, output, tiny_model]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert [process.stdout.readline().strip() for _ in range(2)] == ["1", "2"]
        with pytest.raises(OutputError, match="Another run"):
            colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
        process.send_signal(signal.SIGKILL)
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert result.resumed
    assert read_film(output) == read_film(undisturbed)
    assert list(tmp_path.iterdir()) == [output]


def test_a_lock_that_was_removed_meanwhile_is_not_held(tmp_path, monkeypatch):
    """A run ends between another's opening of the lock and its taking it."""
    flock = fcntl.flock

    def last(file, how):
        Path(file.name).unlink()
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", last)
    with (
        pytest.raises(OutputError, match="Another run"),
        open_work(tmp_path / "a", {}, restart=False),
    ):
        pass


def test_the_folder_goes_before_another_run_can_come(tmp_path, monkeypatch):
    looked = []
    is_empty = work_folder._remove_if_empty

    def look(path):
        with pytest.raises(OutputError, match="Another run"), open_work(output, {}, restart=False):
            pass
        looked.append(path)
        is_empty(path)

    output = tmp_path / "a"
    with open_work(output, {}, restart=False):
        monkeypatch.setattr(work_folder, "_remove_if_empty", look)
    assert looked
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("parts", [0, 2])
def test_half_a_part_does_not_count(
    source, undisturbed, read_film, tiny_colorizer, tmp_path, monkeypatch, parts
):
    """The disk is full when the journal is to be written: the part before is the last one."""
    output = tmp_path / "out.mkv"
    write = WorkFolder._write

    def fail(work):
        if len(work.segments) > parts:
            raise OSError(28, os.strerror(28))
        write(work)

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "_write", fail)
        with pytest.raises(DiskFullError, match="full"):
            colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert not output.exists()
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert result.resumed == (parts > 0)
    assert read_film(output) == read_film(undisturbed)


def test_film_for_which_there_is_no_room(
    source, undisturbed, read_film, tiny_colorizer, tmp_path, monkeypatch
):
    """A limit on the size of files: the parts fit, the film does not."""
    output = tmp_path / "out.mkv"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(*args, **kwargs):
        resource.setrlimit(resource.RLIMIT_FSIZE, (undisturbed.stat().st_size // 2, limits[1]))
        try:
            return mux.mux_film(*args, **kwargs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with monkeypatch.context() as patch:
        patch.setattr(film_files, "mux_film", limited)
        with pytest.raises(OutputError, match="Cannot write"):
            colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mkv.parts"]
    result = colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer)
    assert result.resumed
    assert read_film(output) == read_film(undisturbed)


@pytest.fixture
def stopped(source, tiny_colorizer, tmp_path) -> Path:
    """The output of a run that was stopped."""
    output = tmp_path / "out.mkv"
    with pytest.raises(StoppedError):
        colorize_video(source, output, LOSSLESS, colorizer=tiny_colorizer, is_stopped=stop_after(5))
    return output


def test_other_options_do_not_go_on(source, tiny_colorizer, stopped):
    other = replace(LOSSLESS, color=ColorizeOptions(strength=0.5))
    with pytest.raises(OutputError, match="another options"):
        colorize_video(source, stopped, other, colorizer=tiny_colorizer)
    assert colorize_video(source, stopped, LOSSLESS, colorizer=tiny_colorizer).resumed


def test_other_input_does_not_go_on(film, tiny_colorizer, stopped, tmp_path):
    other = film(tmp_path / "other.mp4", range(30))
    with pytest.raises(OutputError, match="another input"):
        colorize_video(other, stopped, LOSSLESS, colorizer=tiny_colorizer)


def test_overwriting_begins_anew(source, undisturbed, read_film, tiny_colorizer, stopped):
    other = replace(LOSSLESS, color=ColorizeOptions(strength=0.5))
    assert not colorize_video(
        source, stopped, other, colorizer=tiny_colorizer, overwrite=True
    ).resumed
    assert read_film(stopped) != read_film(undisturbed)


def damage_journal(folder):
    (folder / "journal.json").write_text("{")


def lose_part(folder):
    (folder / "00001.nut").unlink()


def lose_state(folder):
    next(folder.glob("*.npz")).unlink()


def damage_state(folder):
    next(folder.glob("*.npz")).write_bytes(b"PK")


@pytest.mark.parametrize("damage", [damage_journal, lose_part, lose_state, damage_state])
def test_damaged_work_is_told(source, tiny_colorizer, stopped, damage):
    damage(work_path(stopped))
    with pytest.raises(OutputError, match="damaged journal"):
        colorize_video(source, stopped, LOSSLESS, colorizer=tiny_colorizer)
    assert not colorize_video(
        source, stopped, LOSSLESS, colorizer=tiny_colorizer, overwrite=True
    ).resumed


def test_part_that_was_cut_short_is_told(source, tiny_colorizer, stopped):
    part = work_path(stopped) / "00001.nut"
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    with pytest.raises(OutputError, match="frames, not"):
        colorize_video(source, stopped, LOSSLESS, colorizer=tiny_colorizer)
    assert not stopped.exists()


def test_file_of_a_person_stays(source, tiny_colorizer, stopped):
    note = work_path(stopped) / "note.txt"
    note.write_text("mine")
    colorize_video(source, stopped, LOSSLESS, colorizer=tiny_colorizer)
    assert [path.name for path in note.parent.iterdir() if path.name != "lock"] == ["note.txt"]


def test_journal_names_what_is_there(stopped):
    folder = work_path(stopped)
    journal = json.loads((folder / "journal.json").read_text())
    parts = [part["file"] for part in journal["segments"]]
    assert len(parts) >= 2
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*parts, f"{len(parts):05d}.scene.npz", "journal.json", "lock", "so-far.mkv"]
    )


def test_input_that_cannot_be_sought(
    source, undisturbed, read_film, tiny_colorizer, stopped, monkeypatch
):
    """It is decoded from the beginning."""
    read_frames = left.read_frames
    starts = []

    def lost(container, damage=None, start=None):
        starts.append(start)
        frames = list(read_frames(container, damage, start))
        return iter(frames[-3:] if start is not None else frames)

    monkeypatch.setattr(left, "read_frames", lost)
    colorize_video(source, stopped, LOSSLESS, colorizer=tiny_colorizer)
    assert starts[0] > 0
    assert starts[1:] == [None]
    assert read_film(stopped) == read_film(undisturbed)


@pytest.mark.parametrize("suffix", [".ts", ".avi", ".h264", ".hevc"])
def test_film_of_another_container_goes_on(film, read_film, tiny_colorizer, tmp_path, suffix):
    """Without an index, without times of showing, or with nothing but its picture."""
    codec = "libx265" if suffix == ".hevc" else "libx264"
    source = film(tmp_path / f"in{suffix}", range(34), cuts=(18,), codec=codec, sound=False)
    whole, parts = tmp_path / "whole.mkv", tmp_path / "parts.mkv"
    colorize_video(source, whole, LOSSLESS, colorizer=tiny_colorizer)
    with pytest.raises(StoppedError):
        colorize_video(source, parts, LOSSLESS, colorizer=tiny_colorizer, is_stopped=stop_after(7))
    assert colorize_video(source, parts, LOSSLESS, colorizer=tiny_colorizer).frames == 34
    assert read_film(parts) == read_film(whole)


def test_lock_is_given_back(tmp_path):
    with open_work(tmp_path / "out.mp4", {}, restart=False):
        pass
    assert list(tmp_path.iterdir()) == []
