"""Films through pipes: one pass, the picture colored, everything else as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from autochrome.errors import OutputError, UnreadableVideoError, UsageError
from autochrome.video import VideoOptions, colorize_video, parse_scene_hint
from autochrome.video.container.addresses import is_live, is_stream

FAST = {"speed": "ultrafast"}
LIMIT_S = 60  # for what never takes that long, on the slowest machine


@contextmanager
def fed_pipe(path: Path, data: bytes):
    """A pipe with a name, into which bytes are written."""
    os.mkfifo(path)

    def feed():
        try:
            with path.open("wb") as pipe:
                pipe.write(data)
        except BrokenPipeError:
            pass

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    yield str(path)
    thread.join(LIMIT_S)
    assert not thread.is_alive()


@contextmanager
def drained_pipe(path: Path, into: Path, limit: int | None = None):
    """A pipe with a name, whose bytes go to a file; after `limit` of them nobody reads any more."""
    os.mkfifo(path)

    def drain():
        with path.open("rb") as pipe:
            into.write_bytes(pipe.read(limit or -1))

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    yield str(path)
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def through_pipes(tmp_path, source, options, colorizer):
    out = tmp_path / "out.film"
    with (
        fed_pipe(tmp_path / f"in{source.suffix}", source.read_bytes()) as given,
        drained_pipe(tmp_path / "out", out) as wanted,
    ):
        result = colorize_video(given, wanted, options, colorizer=colorizer)
    return result, out


def packets(path, kind):
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        found = [packet for packet in container.demux(stream) if packet.dts is not None]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in found]


def frames(path):
    with av.open(str(path)) as container:
        return [(f.pts * f.time_base, f.to_ndarray()[:48]) for f in container.decode(video=0)]


@pytest.mark.parametrize(
    ("address", "stream", "live"),
    [
        ("-", True, False),
        ("udp://127.0.0.1:1", True, True),
        ("RTSP://127.0.0.1:1/a", True, True),
        ("film.sdp", True, True),
        ("/dev/video0", True, True),
        ("https://127.0.0.1/film.mp4", True, False),
        ("film.mp4", False, False),
        ("C:/film.mp4", False, False),
    ],
)
def test_what_is_a_stream(address, stream, live):
    assert (is_stream(address), is_live(address)) == (stream, live)


def test_a_film_comes_out_as_it_went_in_but_for_its_color(tmp_path, colorizer, clip):
    result, out = through_pipes(tmp_path, clip, VideoOptions(codec="ffv1"), colorizer)
    assert (result.frames, result.scenes, result.warnings) == (20, 1, ())
    assert packets(out, "audio") == packets(clip, "audio")
    with av.open(str(out)) as container:
        assert "matroska" in container.format.name
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
        assert np.ptp(picture, axis=-1).max() > 10
    before, after = frames(clip), frames(out)
    assert [when for when, _ in after] == [when for when, _ in before]
    for (_, gray), (_, colored) in zip(before, after, strict=True):
        luma = colored if colored.ndim == 2 else colored[0]
        np.testing.assert_array_equal(luma[:48, :64], gray[:48, :64])


@pytest.mark.parametrize("name", ["matroska", "mp4", "mpegts"])
def test_timestamps_and_sound_are_kept_in_every_format(tmp_path, colorizer, clip, name):
    result, out = through_pipes(tmp_path, clip, VideoOptions(format=name, **FAST), colorizer)
    assert result.frames == 20
    with av.open(str(out)) as container:
        assert name in container.format.name
    before, after = packets(clip, "audio"), packets(out, "audio")
    # The sound begins before 0, which MPEG-TS cannot say: there everything comes that much later.
    shift = -before[0][0] if name == "mpegts" else 0
    assert [when for when, _ in frames(out)] == [when + shift for when, _ in frames(clip)]
    assert [float(when) for when, _ in after] == pytest.approx(
        [float(when + shift) for when, _ in before], abs=1e-3
    )
    header = 7 if name == "mpegts" else 0  # of ADTS
    assert [data[header:] for _, data in after] == [data for _, data in before]


def test_sound_is_written_beside_the_picture_it_belongs_to(tmp_path, colorizer, make_clip):
    source = make_clip(tmp_path / "long.mkv", 60)
    _, out = through_pipes(tmp_path, source, VideoOptions(**FAST), colorizer)
    with av.open(str(out)) as container:
        found = [packet for packet in container.demux() if packet.dts is not None]
        times = [float(packet.dts * packet.time_base) for packet in found]
    assert len(times) > 90
    assert times == sorted(times)


def test_stdin_and_stdout(tmp_path, tiny_model, clip):
    """Nothing but the film goes to stdout."""
    program = (
        "import sys\n"
        "from autochrome.pipeline import Colorizer\n"
        "from autochrome.video import colorize_video\n"
        "colorizer = Colorizer.open(sys.argv[1], device='cpu')\n"
        "result = colorize_video('-', '-', colorizer=colorizer)\n"
        "print(result.frames, file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, tiny_model],
        input=clip.read_bytes(),
        capture_output=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert ran.stderr.strip() == b"20"
    out = tmp_path / "out.mkv"
    out.write_bytes(ran.stdout)
    assert ran.stdout.startswith(b"\x1aE\xdf\xa3")
    assert len(frames(out)) == 20


def test_from_a_pipe_to_a_file_of_any_format(tmp_path, colorizer, clip):
    out = tmp_path / "out.mp4"
    with fed_pipe(tmp_path / "in", clip.read_bytes()) as given:
        colorize_video(given, out, VideoOptions(**FAST), colorizer=colorizer)
    assert [when for when, _ in frames(out)] == [when for when, _ in frames(clip)]
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out.mp4"}


def test_from_a_file_to_a_pipe(tmp_path, colorizer, clip):
    out = tmp_path / "out.mkv"
    with drained_pipe(tmp_path / "out", out) as wanted:
        result = colorize_video(clip, wanted, VideoOptions(**FAST), colorizer=colorizer)
    assert result.frames == len(frames(out)) == 20


def test_an_existing_file_is_not_replaced_unasked(tmp_path, colorizer, clip):
    out = tmp_path / "out.mkv"
    out.write_bytes(b"precious")
    for overwrite in (False, True):
        (tmp_path / "in").unlink(missing_ok=True)
        with fed_pipe(tmp_path / "in", clip.read_bytes()) as given:
            if overwrite:
                colorize_video(given, out, colorizer=colorizer, overwrite=True)
            else:
                with pytest.raises(OutputError, match="exists already"):
                    colorize_video(given, out, colorizer=colorizer)
                assert out.read_bytes() == b"precious"
    assert len(frames(out)) == 20


@pytest.mark.parametrize("limit", [1, 3000])
def test_a_reader_that_goes_away_is_an_error(tmp_path, colorizer, make_clip, limit):
    source = make_clip(tmp_path / "long.mkv", 40)
    with (
        drained_pipe(tmp_path / "out", tmp_path / "read", limit) as wanted,
        pytest.raises(OutputError, match="Nobody reads"),
    ):
        colorize_video(source, wanted, VideoOptions(codec="ffv1"), colorizer=colorizer)


@pytest.mark.parametrize("data", [b"", b"no film at all " * 100])
def test_what_is_no_film_is_refused_and_nothing_is_written(tmp_path, colorizer, data):
    out = tmp_path / "out.mkv"
    with (
        fed_pipe(tmp_path / "in", data) as given,
        pytest.raises(UnreadableVideoError, match="Cannot read"),
    ):
        colorize_video(given, out, colorizer=colorizer)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def run_from_stdin(data):
    program = "from autochrome.video.container.addresses import open_source; open_source('-')"
    return subprocess.run(
        [sys.executable, "-c", program], input=data, capture_output=True, timeout=LIMIT_S
    )


def test_stdin_that_is_empty_is_told_of():
    assert b"stdin is empty" in run_from_stdin(b"").stderr
    refused = run_from_stdin(b"no film at all " * 100).stderr
    assert b"stdin is empty" not in refused
    assert b"Cannot read -" in refused


@pytest.mark.parametrize("out", ["out.mkv", "out/"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_a_film_whose_index_comes_last_is_refused_with_advice(
    tmp_path, colorizer, film, codec, out
):
    """It is larger than what is read at once, within which it could be gone back in."""
    source = film(tmp_path / "film.mp4", range(200), codec=codec)
    with (
        fed_pipe(tmp_path / "in", source.read_bytes()) as given,
        pytest.raises(UnreadableVideoError, match=r"(Not one frame|Cannot decode).*faststart"),
    ):
        colorize_video(given, f"{tmp_path}/{out}", colorizer=colorizer)


def test_a_film_that_is_cut_short_is_told_of(tmp_path, colorizer, make_clip):
    whole = make_clip(tmp_path / "long.mkv", 75)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    result, out = through_pipes(tmp_path, cut, VideoOptions(**FAST), colorizer)
    assert 0 < result.frames < 75
    assert len(frames(out)) == result.frames
    assert "It ended after" in " ".join(result.warnings)


@pytest.mark.parametrize(("suffix", "sound"), [("mkv", False), ("mkv", True), ("mp4", True)])
def test_what_comes_again_is_left_out_and_told_of(tmp_path, colorizer, make_clip, suffix, sound):
    once = make_clip(tmp_path / "once.ts", sound=sound)
    twice = tmp_path / "twice.ts"
    twice.write_bytes(2 * once.read_bytes())
    out = tmp_path / f"out.{suffix}"
    with fed_pipe(tmp_path / "in", twice.read_bytes()) as given:
        result = colorize_video(given, out, VideoOptions(**FAST), colorizer=colorizer)
    assert result.frames == len(frames(out)) == 20
    assert [("20 frames of" in told, "sound" in told) for told in result.warnings] == (
        [(True, False), (False, True)] if sound else [(True, False)]
    )
    if sound:
        assert [data[7:] for _, data in packets(once, "audio")] == [
            data for _, data in packets(out, "audio")
        ]


def test_hints_for_scenes_that_are_not_there_are_told_of(tmp_path, colorizer, clip):
    options = VideoOptions(hints=(parse_scene_hint("3:1,1=#808080"),), **FAST)
    result, _ = through_pipes(tmp_path, clip, options, colorizer)
    assert result.warnings == ("There is no scene 3: its hints are not used",)


def test_hints_outside_the_picture_are_refused(tmp_path, colorizer, clip):
    options = VideoOptions(hints=(parse_scene_hint("3:64,1=#808080"),))
    with (
        fed_pipe(tmp_path / "in", clip.read_bytes()) as given,
        pytest.raises(UsageError, match="lies outside"),
    ):
        colorize_video(given, tmp_path / "out.mkv", options, colorizer=colorizer)


def test_a_film_that_changes_its_size_is_refused(tmp_path, colorizer, uneven_clip):
    out = tmp_path / "out.mkv"
    with (
        fed_pipe(tmp_path / "in", uneven_clip.read_bytes()) as given,
        pytest.raises(UnreadableVideoError, match=r"changes .*, from 64 x 48 .* to 96 x 48"),
    ):
        colorize_video(given, out, VideoOptions(**FAST), colorizer=colorizer)
    assert not out.exists()


def test_sound_that_the_format_cannot_hold_is_told_of(tmp_path, colorizer, clip):
    source = tmp_path / "pcm.mkv"
    with av.open(str(clip)) as given, av.open(str(source), "w") as container:
        video = container.add_stream_from_template(given.streams.video[0])
        sound = container.add_stream("pcm_s16le", rate=16000, layout="mono")
        block = av.AudioFrame.from_ndarray(
            np.zeros((1, 4096), np.int16), format="s16", layout="mono"
        )
        block.sample_rate, block.pts = 16000, 0
        container.mux(sound.encode(block))
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
    result, out = through_pipes(tmp_path, source, VideoOptions(format="mpegts", **FAST), colorizer)
    assert result.warnings == ("Not kept, mpegts has no place for it: audio (pcm_s16le)",)
    assert len(frames(out)) == 20


def test_frames_without_timestamps_come_at_their_rate(tmp_path, colorizer, make_clip):
    source = make_clip(tmp_path / "raw.h264", sound=False)
    result, out = through_pipes(tmp_path, source, VideoOptions(**FAST), colorizer)
    assert result.frames == 20
    steps = np.diff([float(when) for when, _ in frames(out)])
    np.testing.assert_allclose(steps, 1 / 25, atol=2e-3)


def test_container_without_times_of_showing(tmp_path, colorizer, film):
    """AVI knows only the order of decoding, which is not that of showing: no frame is lost."""
    source = film(tmp_path / "film.avi", range(30), sound=False)
    result, out = through_pipes(tmp_path, source, VideoOptions(**FAST), colorizer)
    assert (result.frames, result.warnings) == (30, ())
    times = [float(when) for when, _ in frames(out)]
    np.testing.assert_allclose(times, np.arange(30) / 25, atol=1e-3)


@pytest.mark.parametrize(
    ("source", "destination"),
    [("ftp://127.0.0.1/film.mp4", "out.mkv"), ("-", "https://127.0.0.1/out.mkv")],
)
def test_addresses_of_other_kinds_are_refused(tmp_path, colorizer, clip, source, destination):
    source = str(clip) if source == "-" else source
    with pytest.raises(UsageError, match="Give a file, - or one of"):
        colorize_video(source, destination, colorizer=colorizer)


def test_a_format_that_no_pipe_takes_is_refused():
    with pytest.raises(UsageError, match="format must be one of"):
        VideoOptions(format="avi")
