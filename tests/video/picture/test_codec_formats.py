"""What format of frames each codec gets, what is said of it, and what its encoder makes of it."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.codec.context import Flags
from av.video.format import VideoFormat

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.video import VideoOptions, colorize_video
from autochrome.video.container.encoder import (
    CODECS,
    add_video_stream,
    choose_format,
    encoded_tags,
    format_warnings,
)
from autochrome.video.container.source import Clip, describe, open_input, read_frames
from autochrome.video.picture.check import is_bottom_first, look_at_picture
from autochrome.video.picture.formats import is_readable, plane_array, read_luma
from autochrome.video.picture.tags import LUMA as LUMA_WEIGHTS
from autochrome.video.picture.tags import ColorTags, is_rgb

WIDTH, HEIGHT = 32, 24
FIELD_ORDERS = {"tff": 2, "bff": 3}  # by FFmpeg's numbers
OUTPUT = {"h264": "mp4", "h265": "mp4", "prores": "mov", "ffv1": "mkv"}


def clip(pix_fmt="yuv420p", **known):
    limited = Clip("a", 64, 48, pix_fmt, ColorTags(1), Fraction(1, 25), Fraction(25), None)
    return replace(limited, **known)


@pytest.mark.parametrize("codec", CODECS)
def test_each_format_is_one_that_the_encoder_takes(codec):
    choice = CODECS[codec]
    taken = {pixels.name for pixels in av.Codec(choice.encoder, "w").video_formats}
    formats = choice.formats + choice.odd_formats
    assert set(formats) <= taken
    assert all(VideoFormat(name).is_planar and not is_rgb(VideoFormat(name)) for name in formats)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "chosen"),
    [
        ("h264", "yuv420p", "yuv420p"),
        ("h264", "nv12", "yuv420p"),
        ("h264", "gray", "yuv420p"),
        ("h264", "pal8", "yuv420p"),
        ("h264", "yuv422p9le", "yuv420p10le"),
        ("h264", "p010le", "yuv420p10le"),
        ("h264", "gray16be", "yuv420p10le"),
        ("h265", "gbrp12le", "yuv420p12le"),
        ("prores", "yuyv422", "yuv422p10le"),
        ("prores", "yuv444p12le", "yuv422p10le"),
        ("ffv1", "rgb24", "yuv444p"),
        ("ffv1", "yuv420p9le", "yuv444p10le"),
        ("ffv1", "gray14le", "yuv444p14le"),
        ("ffv1", "rgb48le", "yuv444p16le"),
    ],
)
def test_the_format_is_as_deep_as_it_must_be(codec, pix_fmt, chosen):
    assert choose_format(clip(pix_fmt), VideoOptions(codec=codec)) == chosen


@pytest.mark.parametrize(
    ("codec", "known", "said"),
    [
        ("h264", {}, None),
        ("h264", {"pix_fmt": "yuv420p10le"}, None),
        ("h264", {"pix_fmt": "yuv422p12le"}, "keeps 10 of 12 bits"),
        ("h265", {"pix_fmt": "yuv422p12le"}, None),
        ("h265", {"pix_fmt": "gray16le"}, "keeps 12 of 16 bits"),
        ("ffv1", {"pix_fmt": "gray16le"}, None),
        ("h264", {"pix_fmt": "yuva420p"}, "Transparency"),
        ("h264", {"width": 63}, "4:4:4"),
        ("ffv1", {"width": 63}, None),
        ("prores", {"tags": ColorTags(1, full_range=True)}, None),
        (
            "prores",
            {"tags": ColorTags(1, full_range=True), "pix_fmt": "yuv422p10le"},
            "full range",
        ),
    ],
)
def test_what_is_not_kept_is_named(codec, known, said):
    warnings = format_warnings(clip(**known), VideoOptions(codec=codec))
    assert len(warnings) == (said is not None)
    assert said is None or said in warnings[0]


def test_fields_are_refused_by_a_codec_without_them():
    assert choose_format(clip(interlaced=True), VideoOptions(codec="h264")) == "yuv420p"
    with pytest.raises(UsageError, match="interlaced"):
        choose_format(clip(interlaced=True), VideoOptions(codec="h265"))


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model)


def write_film(path, pix_fmt, codec="ffv1", size=(WIDTH, HEIGHT), tags=None, fields=None):
    """Write two frames of noise, without loss; return what was written into their first plane."""
    width, height = size
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if fields:
            stream.codec_context.flags |= Flags.interlaced_dct
            stream.codec_context.field_order = FIELD_ORDERS[fields]
        generator = np.random.default_rng(0)
        for number in range(2):
            frame = av.VideoFrame(width, height, pix_fmt)
            for plane in frame.planes:
                codes = generator.integers(0, 256, plane.buffer_size, dtype=np.uint8)
                if frame.format.components[0].bits > 8:
                    mask = 2 ** frame.format.components[0].bits - 1
                    order = ">" if frame.format.is_big_endian else "<"
                    samples = codes.view(f"{order}u2")
                    if not pix_fmt.startswith(("p0", "p2", "y2", "x")):
                        samples &= mask
                plane.update(codes.tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(as_fields(frame, fields) if fields else frame))
        output.mux(stream.encode(None))


def as_fields(frame, order):
    """Say of a frame that it is interlaced, as FFmpeg's filter does."""
    graph = av.filter.Graph()
    size = {"width": frame.width, "height": frame.height}
    graph.link_nodes(
        graph.add_buffer(**size, format=frame.format.name, time_base=frame.time_base),
        graph.add("setfield", order),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    return graph.pull()


def luma_of(path):
    """Decode a film: its clip and Y' of its frames, as its own format stores it."""
    with open_input(path) as container:
        seen = describe(container, path.name)
        depth = max(8, VideoFormat(seen.pix_fmt).components[0].bits)
        frames = [read_luma(f, seen.tags, seen.tags, depth) for f in read_frames(container)]
    return seen, np.stack(frames), depth


RAW = ["nv12", "nv21", "yuyv422", "uyvy422", "yvyu422", "p010le", "yuv420p10be", "yuvj420p"]
LOSSLESS = [
    pixels.name
    for pixels in av.Codec("ffv1", "w").video_formats
    if is_readable(pixels) and pixels.name != "gbrp9le"  # which is rounded to more bits at once
]


@pytest.mark.parametrize("pix_fmt", [*LOSSLESS, *RAW])
def test_luma_goes_through_a_film_unchanged(tmp_path, colorizer, pix_fmt):
    source, output = tmp_path / "in.nut", tmp_path / "out.mkv"
    write_film(source, pix_fmt, "rawvideo" if pix_fmt in RAW else "ffv1")
    colorize_video(source, output, VideoOptions(codec="ffv1"), colorizer=colorizer)
    before, stored, depth = luma_of(source)
    after, luma, new_depth = luma_of(output)
    assert after.tags.full_range == before.tags.full_range
    if not before.tags.full_range:
        stored = stored.astype(int) << (new_depth - depth)
    elif new_depth != depth:  # 9 bits
        stored = np.rint(stored / (2**depth - 1) * (2**new_depth - 1))
    assert luma.shape == (2, HEIGHT, WIDTH)
    np.testing.assert_array_equal(luma, stored)


@pytest.mark.parametrize("codec", ["h264", "h265", "prores", "ffv1"])
@pytest.mark.parametrize(
    "tags",
    [
        {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1},
        {"colorspace": 9, "color_primaries": 9, "color_trc": 14, "color_range": 1},
        {"colorspace": 5, "color_primaries": 5, "color_trc": 6, "color_range": 2},
        {"colorspace": 2, "color_primaries": 2, "color_trc": 2, "color_range": 0},
    ],
)
def test_tags_are_kept(tmp_path, colorizer, codec, tags):
    source, output = tmp_path / "in.mkv", tmp_path / f"out.{OUTPUT[codec]}"
    write_film(source, "yuv420p", tags=tags, size=(64, 48))
    options = VideoOptions(codec=codec, speed="ultrafast")
    colorize_video(source, output, options, colorizer=colorizer)
    with open_input(output) as container:
        seen = next(read_frames(container))
        written = describe(container, "out").tags
    expected = ColorTags(*list(tags.values())[:3], full_range=tags["color_range"] == 2)
    if expected.matrix == 2:  # is guessed by the height
        expected = replace(expected, matrix=6)
    assert LUMA_WEIGHTS[seen.colorspace] == LUMA_WEIGHTS[written.matrix]  # and said
    if codec == "prores":
        expected = replace(expected, full_range=False)
        if written.matrix == 6:  # the only BT.601 that ProRes has a number for
            expected = replace(expected, matrix=6)
    assert written == expected
    assert seen.format.name.startswith("yuv")
    assert encoded_tags(clip(tags=expected), options) == expected


@pytest.mark.parametrize("size", [(31, 24), (32, 23), (31, 23)])
@pytest.mark.parametrize("codec", CODECS)
def test_odd_sizes_keep_every_row_and_column(tmp_path, colorizer, codec, size):
    source, output = tmp_path / "in.mkv", tmp_path / f"out.{OUTPUT[codec]}"
    write_film(source, "yuv444p", size=size)
    options = VideoOptions(codec=codec, speed="ultrafast", crf=1)
    colorize_video(source, output, options, colorizer=colorizer)
    _, stored, _ = luma_of(source)
    after, luma, depth = luma_of(output)
    assert (after.width, after.height) == size
    shift = luma.astype(float) / 2 ** (depth - 8) - stored
    assert np.abs(shift).mean() < (0.01 if codec == "ffv1" else 10)  # of noise


@pytest.mark.parametrize("order", FIELD_ORDERS)
@pytest.mark.parametrize("codec", ["h264", "prores", "ffv1"])
def test_fields_are_kept_in_their_order(tmp_path, colorizer, codec, order):
    source, output = tmp_path / "in.mkv", tmp_path / f"out.{OUTPUT[codec]}"
    write_film(source, "yuv420p", size=(64, 48), fields=order)
    options = VideoOptions(codec=codec, speed="ultrafast")
    colorize_video(source, output, options, colorizer=colorizer)
    with open_input(output) as container:
        frames = list(read_frames(container))
        assert all(frame.interlaced_frame for frame in frames)
        assert {is_bottom_first(frame) for frame in frames} == {order == "bff"}
        assert container.streams.video[0].codec_context.field_order == FIELD_ORDERS[order]


def test_order_of_fields_is_that_of_frames_whatever_the_container_says(tmp_path, colorizer):
    source, output = tmp_path / "in.mov", tmp_path / "out.mp4"
    with av.open(str(source), "w") as film:
        stream = film.add_stream("prores_ks", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv422p10le"
        stream.codec_context.flags |= Flags.interlaced_dct
        stream.codec_context.field_order = 4  # so FFmpeg writes top first of interleaved fields
        frame = av.VideoFrame(64, 48, "yuv422p10le")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        film.mux(stream.encode(as_fields(frame, "tff")))
        film.mux(stream.encode(None))
    colorize_video(source, output, VideoOptions(speed="ultrafast"), colorizer=colorizer)
    with open_input(output) as container:
        (frame,) = read_frames(container)
        assert not is_bottom_first(frame)
        assert container.streams.video[0].codec_context.field_order == FIELD_ORDERS["tff"]


def test_raw_dv_has_its_rate_and_begins_with_the_lower_field(tmp_path):
    source = tmp_path / "tape.dv"
    with av.open(str(source), "w") as film:
        stream = film.add_stream("dvvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        for number in range(2):
            frame = av.VideoFrame(720, 576, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            film.mux(stream.encode(as_fields(frame, "bff")))
        film.mux(stream.encode(None))
    with open_input(source) as container:
        seen, _ = look_at_picture(describe(container, "tape.dv"), read_frames(container))
    assert seen.rate == 25
    assert seen.frames == 2
    assert seen.interlaced
    assert seen.bottom_first


def test_shape_of_pixels_that_would_be_lost_is_refused(tmp_path):
    wide = clip(sample_aspect_ratio=Fraction(16, 15))
    with (
        av.open(str(tmp_path / "out.mkv"), "w") as output,
        pytest.raises(UsageError, match="shape of the pixels"),
    ):
        add_video_stream(output, wide, VideoOptions(codec="prores"))
    with av.open(str(tmp_path / "out.mov"), "w") as output:
        stream = add_video_stream(output, wide, VideoOptions(codec="prores"))
        assert stream.codec_context.sample_aspect_ratio == Fraction(16, 15)


def test_no_strength_leaves_the_picture_gray(tmp_path, colorizer):
    source, output = tmp_path / "in.mkv", tmp_path / "out.mkv"
    write_film(source, "gray10le")
    options = VideoOptions(codec="ffv1", color=ColorizeOptions(strength=0))
    colorize_video(source, output, options, colorizer=colorizer)
    with open_input(output) as container:
        for frame in read_frames(container):
            assert np.all(plane_array(frame, 1) == 512)
            assert np.all(plane_array(frame, 2) == 512)
