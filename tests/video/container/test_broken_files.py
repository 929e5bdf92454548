"""What is not a film is refused; what is damaged is colored as far as it goes, and that is said."""

import re

import av
import numpy as np
import pytest

from autochrome.errors import UnreadableVideoError
from autochrome.video import colorize_video


def missing(path, film):
    return path / "none.mp4"


def folder(path, film):
    (path / "in.mp4").mkdir()
    return path / "in.mp4"


def empty(path, film):
    (path / "in.mp4").touch()
    return path / "in.mp4"


def text(path, film):
    (path / "in.txt").write_text("Once upon a time\n" * 1000)
    return path / "in.txt"


def text_called_film(path, film):
    (path / "in.mp4").write_text("Once upon a time\n" * 1000)
    return path / "in.mp4"


def sound_only(path, film):
    with av.open(str(path / "in.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        silence = np.zeros((1, 1024), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path / "in.mp4"


def without_index(path, film):
    source = film(path / "in.mp4", range(12))
    data = source.read_bytes()
    source.write_bytes(data[: data.index(b"moov")])
    return source


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, "There is no"),
        (folder, "There are no images"),
        (empty, "is empty"),
        (text, "is a text"),
        (text_called_film, "Cannot read.*Check that a player"),
        (sound_only, "no moving picture"),
        (without_index, "Cannot read.*cut short"),
    ],
)
def test_what_is_no_film_is_refused(film, tiny_colorizer, tmp_path, make, message):
    source = make(tmp_path, film)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UnreadableVideoError, match=message):
        colorize_video(source, tmp_path / "out.mp4", colorizer=tiny_colorizer)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_film_that_is_cut_short(film, frame_times, tiny_colorizer, tmp_path, suffix):
    """Three seconds, of which the first half is there."""
    settings = {"movflags": "+faststart"} if suffix == ".mp4" else {}
    source = film(tmp_path / f"in{suffix}", range(75), settings=settings)
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    output = tmp_path / "out.mp4"
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    assert 10 < result.frames < 65
    assert len(frame_times(output)) == result.frames
    if suffix != ".ts":  # that does not know how long it should be
        assert ["cut short" in warning for warning in result.warnings].count(True) == 1


def without_tag(source):
    """Let the picture of a film in Matroska not say how long it is, as a film from a pipe."""
    data = source.read_bytes()
    assert b"DURATION" in data
    source.write_bytes(data.replace(b"DURATION", b"DIRECTOR"))
    return source


@pytest.mark.parametrize("sound", [False, True])
def test_film_that_is_cut_short_and_has_the_length_of_all_of_it(
    film, tiny_colorizer, tmp_path, sound
):
    source = without_tag(film(tmp_path / "in.mkv", range(75), sound=sound))
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    result = colorize_video(source, tmp_path / "out.mkv", colorizer=tiny_colorizer)
    assert 10 < result.frames < 65
    assert [re.search(r"cut short.* last 3\.\d s", told) is None for told in result.warnings] == [
        False
    ]


@pytest.mark.parametrize("has_tag", [True, False])
def test_film_whose_sound_goes_on_after_the_picture_is_not_cut_short(
    make_clip, tiny_colorizer, tmp_path, has_tag
):
    """Three seconds of sound, one of picture."""
    source = tmp_path / "in.mkv"
    with (
        av.open(str(make_clip(tmp_path / "long.mkv", 75))) as given,
        av.open(str(source), "w") as made,
    ):
        streams = [made.add_stream_from_template(stream) for stream in given.streams]
        for packet in given.demux():
            index = packet.stream_index
            if packet.size and (index or packet.dts * packet.time_base < 1):
                packet.stream = streams[index]
                made.mux(packet)
    if not has_tag:
        without_tag(source)
    result = colorize_video(source, tmp_path / "out.mkv", colorizer=tiny_colorizer)
    assert 20 < result.frames < 30
    assert result.warnings == ()


def spoil(source, share):
    """Overwrite some packets of the picture with nonsense, as a scratch on a disk would."""
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        for packet in packets[len(packets) // 3 :: share]:
            data[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    source.write_bytes(data)


def test_damaged_packets_are_passed_over(film, frame_times, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(40))
    expected = frame_times(source)
    spoil(source, 9)
    output = tmp_path / "out.mp4"
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    assert ["damaged in" in warning for warning in result.warnings] == [True]
    times = frame_times(output)
    assert 5 < len(times) < 40
    assert set(times) <= set(expected)


def test_film_of_which_nothing_can_be_decoded(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(10))
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        for packet in container.demux(video=0):
            if packet.size:
                data[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    source.write_bytes(data)
    with pytest.raises(UnreadableVideoError, match=r"Not one frame|Cannot decode"):
        colorize_video(source, tmp_path / "out.mp4", colorizer=tiny_colorizer)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_what_comes_again_is_left_out(film, frame_times, tiny_colorizer, tmp_path, suffix):
    """A film with sound that was appended to itself."""
    once = film(tmp_path / "once.ts")
    twice = tmp_path / "twice.ts"
    twice.write_bytes(2 * once.read_bytes())
    output = tmp_path / f"out{suffix}"
    result = colorize_video(twice, output, colorizer=tiny_colorizer)
    assert len(frame_times(output)) == 40
    assert any("40 frames of twice.ts" in told for told in result.warnings)
