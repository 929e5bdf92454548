"""Every frame is shown when it was: even, uneven, late, early, whatever the container counts in."""

from fractions import Fraction
from math import floor

import av
import numpy as np
import pytest

from autochrome.video import VideoOptions, colorize_video
from autochrome.video import film as film_files

UNEVEN = np.cumsum([0, *np.random.default_rng(3).integers(700, 20000, 29)]).tolist()


@pytest.mark.parametrize(
    ("suffix", "times", "time_base"),
    [
        (".mp4", range(30), Fraction(1, 25)),
        (".mp4", UNEVEN, Fraction(1, 90000)),
        (".mp4", range(7, 37), Fraction(1, 10)),
        (".mp4", [1234 + time for time in UNEVEN], Fraction(1, 90000)),
        (".mov", UNEVEN, Fraction(1, 90000)),
        (".mkv", range(30), Fraction(1, 25)),
        (".mkv", range(0, 30030, 1001), Fraction(1, 24000)),
        (".mkv", UNEVEN, Fraction(1, 90000)),
    ],
)
def test_frames_keep_their_times(
    film, frame_times, tiny_colorizer, tmp_path, monkeypatch, suffix, times, time_base
):
    """Over the joins of many parts, too."""
    monkeypatch.setattr(film_files, "_SEGMENT_S", 0.1)
    monkeypatch.setattr(film_files, "_LONG_SEGMENT_S", 0.3)
    exact = {"movie_timescale": "90000"}
    source = film(tmp_path / "in.mov", times, time_base=time_base, cuts=(9, 20), settings=exact)
    output = tmp_path / f"out{suffix}"
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    expected = frame_times(source)
    assert expected == [time * time_base for time in times]
    if suffix == ".mkv":
        expected = [Fraction(floor(time * 1000 + Fraction(1, 2)), 1000) for time in expected]
    assert frame_times(output) == expected
    rounded = expected != frame_times(source)
    assert rounded == any("steps of 1 ms" in warning for warning in result.warnings)
    assert rounded == (len(result.warnings) > 0)


def test_times_of_decoding_rise_over_joins(film, tiny_colorizer, tmp_path, monkeypatch):
    """A slow part after a fast one: its first packets are decoded before its first frame."""
    monkeypatch.setattr(film_files, "_SEGMENT_S", 0.1)
    times = [*range(20), *range(40, 440, 20)]
    source = film(tmp_path / "in.mp4", times, cuts=(20,))
    output = tmp_path / "out.mp4"
    colorize_video(source, output, colorizer=tiny_colorizer)
    with av.open(str(output)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    decoded = [packet.dts for packet in packets]
    assert sum(packet.is_keyframe for packet in packets) >= 2  # each part begins with one
    assert decoded == sorted(set(decoded))
    assert all(packet.dts <= packet.pts for packet in packets)


@pytest.mark.parametrize("codec", ["h264", "h265", "prores", "ffv1"])
def test_length_is_kept(film, tiny_colorizer, tmp_path, codec):
    """The last frame is shown for as long as it was."""
    source = film(tmp_path / "in.mp4", sound=False)
    output = tmp_path / ("out.mkv" if codec == "ffv1" else "out.mov")
    result = colorize_video(
        source, output, VideoOptions(codec=codec, speed="ultrafast"), colorizer=tiny_colorizer
    )
    assert result.seconds == 1.6
    with av.open(str(output)) as container:
        assert container.duration / av.time_base == 1.6


def test_sound_stays_with_the_picture(film, tiny_colorizer, tmp_path):
    """A picture that begins after its sound still does."""
    source = film(tmp_path / "in.mp4", range(10, 40))
    output = tmp_path / "out.mp4"
    colorize_video(source, output, colorizer=tiny_colorizer)
    starts = [first_times(path) for path in (source, output)]
    assert starts[0] == starts[1]
    assert starts[0]["video"] - starts[0]["audio"] >= Fraction(10, 25)


def first_times(path):
    times = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            for frame in packet.decode():
                times.setdefault(packet.stream.type, frame.pts * frame.time_base)
    return times


def test_container_without_times_of_showing(film, read_film, tiny_colorizer, tmp_path):
    """AVI knows only the order of decoding, which is not that of showing: no frame is lost."""
    source = film(tmp_path / "in.avi", range(30), sound=False)
    output = tmp_path / "out.mp4"
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    assert result.warnings == ()
    frames = read_film(output)
    assert [time for time, _ in frames] == [Fraction(index, 25) for index in range(30)]
