"""All that a film has besides its picture comes out as it went in."""

import hashlib
import os
import threading
from fractions import Fraction

import av
import pytest
from av.stream import Disposition

from autochrome.errors import OutputError, UsageError
from autochrome.video import VideoOptions, colorize_video
from autochrome.video.container.excerpt import Excerpt

FONT = bytes(range(256)) * 4
SUBTITLES = [(0, 400, b"Bonjour"), (600, 500, "<i>Au revoir</i> – fin".encode())]


def dressed(container):
    """Give a film in Matroska all that it can have."""
    container.metadata.update({"title": "The Film", "comment": "found in an attic"})
    container.set_chapters(
        [
            {
                "id": number,
                "start": 800 * number,
                "end": 800 * number + 800,
                "time_base": Fraction(1, 1000),
                "metadata": {"title": name},
            }
            for number, name in enumerate(("Morning", "Evening"))
        ]
    )
    text = container.add_mux_stream("subrip", time_base=Fraction(1, 1000))
    text.metadata.update({"language": "eng", "title": "English"})
    text.disposition = Disposition.default | Disposition.forced
    if container.format.name == "matroska":
        container.add_attachment("font.ttf", "font/ttf", FONT)

    def finish(container):
        for start, duration, content in SUBTITLES:
            packet = av.Packet(content)
            packet.pts = packet.dts = start
            packet.duration, packet.time_base = duration, Fraction(1, 1000)
            packet.stream = text
            container.mux(packet)

    return finish


@pytest.fixture(scope="module")
def rich(film, tmp_path_factory):
    """A film in Matroska with two sounds, subtitles, chapters, a font and names."""
    return film(tmp_path_factory.mktemp("films") / "rich.mkv", dress=dressed)


def contents(path, kinds=("audio", "subtitle")):
    """What each stream holds: times and hashes of its packets."""
    held = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.stream.type in kinds and packet.size:
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                entry = (packet.pts * packet.time_base, packet.is_keyframe, digest)
                held.setdefault(packet.stream.index, []).append(entry)
    return held


def names(path):
    """What a file says of itself and of its streams."""
    with av.open(str(path)) as container:
        streams = [
            (
                stream.type,
                stream.disposition,
                {
                    key: text
                    for key, text in stream.metadata.items()
                    if key.lower() not in ("encoder", "duration", "handler_name", "vendor_id")
                },
            )
            for stream in container.streams
        ]
        chapters = [
            (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"])
            for c in container.chapters()
        ]
        said = {key.lower(): text for key, text in container.metadata.items()}
        kept = {key: said.get(key) for key in ("title", "comment")}
        return streams, chapters, kept


def test_all_is_copied(rich, tiny_colorizer, tmp_path):
    output = tmp_path / "out.mkv"
    result = colorize_video(rich, output, colorizer=tiny_colorizer)
    assert result.warnings == ()
    assert contents(output) == contents(rich)
    assert len(contents(rich)) == 2
    streams, chapters, kept = names(rich)
    assert [kind for kind, *_ in streams] == ["video", "audio", "subtitle", "attachment"]
    assert len(chapters) == 2
    assert kept["comment"]
    assert names(output) == names(rich)
    with av.open(str(output)) as container:
        assert container.streams[3].data == FONT


def test_all_is_copied_in_one_pass_too(rich, tiny_colorizer, tmp_path):
    source, output = tmp_path / "pipe", tmp_path / "out.mkv"
    os.mkfifo(source)
    feeding = threading.Thread(target=source.write_bytes, args=(rich.read_bytes(),), daemon=True)
    feeding.start()
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    feeding.join(60)
    assert result.warnings == ()
    assert contents(output) == contents(rich)
    assert names(output) == names(rich)
    with av.open(str(output)) as container:
        assert container.streams[3].data == FONT


def test_film_does_not_say_that_it_was_encoded_as_the_old_one_was(tiny_colorizer, tmp_path):
    source, output = tmp_path / "in.mkv", tmp_path / "out.mkv"
    with av.open(str(source), "w") as film:
        stream = film.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata.update({"ENCODER": "the old one", "language": "deu"})
        film.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        film.mux(stream.encode(None))
    with av.open(str(source)) as film:  # as Matroska spells it
        assert film.streams[0].metadata["ENCODER"] == "the old one"
    colorize_video(source, output, colorizer=tiny_colorizer)
    with av.open(str(output)) as film:
        assert film.streams[0].metadata["language"] == "deu"
        assert "the old one" not in film.streams[0].metadata.values()


def test_codec_of_another_container(rich, tiny_colorizer, tmp_path):
    """SubRip becomes the text of MP4, and again SubRip; what is left out is told."""
    mp4, mkv = tmp_path / "out.mp4", tmp_path / "back.mkv"
    result = colorize_video(rich, mp4, colorizer=tiny_colorizer)
    assert ["font.ttf" in warning for warning in result.warnings] == [True]
    assert contents(mp4)[1] == contents(rich)[1]
    streams, chapters, kept = names(mp4)
    assert streams[2][2]["language"] == "eng"
    assert (chapters, kept) == names(rich)[1:]
    colorize_video(mp4, mkv, colorizer=tiny_colorizer)
    with av.open(str(mkv)) as container:
        texts = [
            (packet.pts, packet.duration, bytes(packet))
            for packet in container.demux(subtitles=0)
            if packet.size
        ]
    assert texts == [(0, 400, b"Bonjour"), (600, 500, "Au revoir – fin".encode())]


def test_subtitles_of_mp4_are_copied(rich, tiny_colorizer, tmp_path):
    """And chapters, which MP4 keeps as a stream of text."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mov"
    colorize_video(rich, first, colorizer=tiny_colorizer)
    result = colorize_video(first, second, colorizer=tiny_colorizer)
    assert result.warnings == ()
    assert contents(second) == contents(first)
    assert names(second)[1:] == names(first)[1:]


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mkv", "pcm_s16le"), (".mkv", "flac"), (".mov", "pcm_s16le")]
)
def test_sound_without_loss_is_copied(film, tiny_colorizer, tmp_path, suffix, codec):
    source = film(tmp_path / f"in{suffix}", range(12), sound=codec)
    output = tmp_path / f"out{suffix}"
    colorize_video(source, output, colorizer=tiny_colorizer)
    assert contents(output) == contents(source)


def cover(container):
    picture = container.add_stream("mjpeg")
    picture.width, picture.height, picture.pix_fmt = 32, 32, "yuvj420p"
    picture.disposition = Disposition.attached_pic

    def finish(container):
        frame = av.VideoFrame(32, 32, "yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        for packet in (*picture.encode(frame), *picture.encode(None)):
            packet.pts = packet.dts = 0
            container.mux(packet)

    return finish


def test_cover_is_copied_and_not_colored(film, frame_times, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(12), dress=cover)
    output = tmp_path / "out.mp4"
    result = colorize_video(source, output, colorizer=tiny_colorizer)
    assert (result.frames, result.warnings) == (12, ())
    with av.open(str(source)) as before, av.open(str(output)) as after:
        kinds = [[stream.codec_context.name for stream in file.streams] for file in (before, after)]
        assert kinds[0] == kinds[1]
        assert after.streams[2].disposition & Disposition.attached_pic


def covers(path):
    """Each cover of a film: its codec, its name, and the picture."""
    held = []
    with av.open(str(path)) as container:
        streams = container.streams.video[1:]
        assert all(stream.disposition == Disposition.attached_pic for stream in streams)
        for packet in container.demux():
            if packet.stream in streams and packet.size:
                codec, name = packet.stream.codec_context.name, packet.stream.metadata
                held.append((codec, name.get("filename"), bytes(packet)))
    return held


def picture_of(path):
    """Return the picture of the one cover that a film has."""
    ((_, _, picture),) = covers(path)
    return picture


@pytest.fixture(scope="module")
def covered_mp4(film, tmp_path_factory):
    return film(
        tmp_path_factory.mktemp("films") / "in.mp4",
        range(30),
        dress=cover,
        settings={"movflags": "+faststart"},
    )


@pytest.fixture(scope="module")
def covered_mkv(film, covered_mp4, tmp_path_factory):
    """With a cover that has a name of its own."""

    def dress(container):
        container.add_attachment("front.jpg", "image/jpeg", picture_of(covered_mp4))

    return film(tmp_path_factory.mktemp("films") / "in.mkv", range(30), dress=dress)


@pytest.fixture(params=["file", "pipe"])
def color(request, tiny_colorizer, tmp_path):
    """Color a film that is a file, or that comes through a pipe."""

    def invoke(source, output, **options):
        if request.param == "pipe":
            pipe = tmp_path / f"to {output.name}"
            os.mkfifo(pipe)
            data = source.read_bytes()
            threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True).start()
            source = pipe
        return colorize_video(source, output, VideoOptions(**options), colorizer=tiny_colorizer)

    return invoke


@pytest.mark.parametrize(
    ("given", "suffix", "name"),
    [
        ("covered_mkv", "mkv", "front.jpg"),
        ("covered_mp4", "mkv", "cover.jpg"),
        ("covered_mp4", "mp4", None),
        ("covered_mkv", "mp4", None),
    ],
)
def test_cover_stays_one(request, color, tmp_path, given, suffix, name):
    """Also when what was colored is colored again."""
    source = request.getfixturevalue(given)
    ((codec, _, picture),) = covers(source)
    for output in (tmp_path / f"once.{suffix}", tmp_path / f"twice.{suffix}"):
        result = color(source, output)
        assert (result.frames, result.warnings) == (30, ())
        assert covers(output) == [(codec, name, picture)]
        source = output


@pytest.mark.parametrize("name", ["out.mov", "out.m4v"])
def test_cover_that_does_not_fit_is_told(color, covered_mkv, tmp_path, name):
    result = color(covered_mkv, tmp_path / name)
    assert ["cover (mjpeg)" in warning for warning in result.warnings] == [True]
    assert covers(tmp_path / name) == []


def test_cover_that_cannot_be_read_is_told(monkeypatch, tiny_colorizer, covered_mkv, tmp_path):
    monkeypatch.setattr("autochrome.video.parts.mux.read_covers", lambda film: {})
    result = colorize_video(covered_mkv, tmp_path / "out.mkv", colorizer=tiny_colorizer)
    assert ["could not be read" in warning for warning in result.warnings] == [True]


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_preview_from_the_middle_has_the_cover(covered_mp4, tiny_colorizer, tmp_path, suffix):
    output = tmp_path / f"out.{suffix}"
    options = VideoOptions(excerpt=Excerpt(0.4, 0.6))
    result = colorize_video(covered_mp4, output, options, colorizer=tiny_colorizer)
    assert (result.frames, result.warnings) == (10, ())
    assert picture_of(output) == picture_of(covered_mp4)


def second_angle(container):
    video = container.add_stream("libx264", rate=25)
    video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"

    def finish(container):
        frame = av.VideoFrame(32, 32, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        container.mux([*video.encode(frame), *video.encode(None)])

    return finish


def test_second_picture_is_told(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(12), dress=second_angle)
    result = colorize_video(source, tmp_path / "out.mp4", colorizer=tiny_colorizer)
    assert result.frames == 12
    assert ["Only one moving picture" in warning for warning in result.warnings] == [True]


def test_index_is_at_the_beginning(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(12))
    output = tmp_path / "out.mp4"
    colorize_video(source, output, colorizer=tiny_colorizer)
    data = output.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_picture_of_h265_is_shown_by_players_of_apple(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(12), sound=False)
    output = tmp_path / "out.mp4"
    options = VideoOptions(codec="h265", speed="ultrafast")
    colorize_video(source, output, options, colorizer=tiny_colorizer)
    with av.open(str(output)) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


@pytest.mark.parametrize("name", ["out.webm", "out.avi", "out", "out.jpg"])
def test_name_of_another_container_is_refused(film, tiny_colorizer, tmp_path, name):
    source = film(tmp_path / "in.mp4", range(3), sound=False)
    with pytest.raises(UsageError, match=r"\.mp4, \.m4v, \.mov, \.mkv"):
        colorize_video(source, tmp_path / name, colorizer=tiny_colorizer)


def test_codec_that_does_not_fit_is_refused(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(3), sound=False)
    with pytest.raises(UsageError, match=r"does not hold prores.*\.mov or \.mkv"):
        colorize_video(
            source, tmp_path / "out.mp4", VideoOptions(codec="prores"), colorizer=tiny_colorizer
        )


def test_existing_file_is_kept(film, tiny_colorizer, tmp_path):
    source = film(tmp_path / "in.mp4", range(8), sound=False)
    output = tmp_path / "out.mp4"
    output.write_text("precious")
    with pytest.raises(OutputError, match="exists"):
        colorize_video(source, output, colorizer=tiny_colorizer)
    assert output.read_text() == "precious"
    with pytest.raises(OutputError, match="is the input"):
        colorize_video(source, source, colorizer=tiny_colorizer, overwrite=True)
    assert colorize_video(source, output, colorizer=tiny_colorizer, overwrite=True).frames == 8


def test_time_code_is_kept(film, tiny_colorizer, tmp_path):
    """QuickTime keeps it as a stream of data, Matroska as a name."""

    def dress(container):
        container.metadata["timecode"] = "01:02:03:04"

    source = film(tmp_path / "in.mov", range(12), dress=dress)
    for output in (tmp_path / "out.mov", tmp_path / "out.mkv"):
        result = colorize_video(source, output, colorizer=tiny_colorizer)
        assert result.warnings == ()
        with av.open(str(output)) as container:
            said = [container.metadata, *(stream.metadata for stream in container.streams)]
        assert "01:02:03:04" in [text for names in said for text in names.values()]


def test_data_that_is_left_out_is_told(film, tiny_colorizer, tmp_path):
    def dress(container):
        data = container.add_data_stream("klv")
        data.time_base = Fraction(1, 90000)

        def finish(container):
            packet = av.Packet(b"12345678")
            packet.pts = packet.dts = 90000
            packet.time_base, packet.stream = Fraction(1, 90000), data
            container.mux(packet)

        return finish

    source = film(tmp_path / "in.ts", range(12), dress=dress)
    result = colorize_video(source, tmp_path / "out.mp4", colorizer=tiny_colorizer)
    assert ["data (klv)" in warning for warning in result.warnings] == [True]
