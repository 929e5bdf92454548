"""What kinds of picture are refused, and how a turned one is stood upright."""

from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest

from autochrome.errors import UnreadableVideoError
from autochrome.video.container.source import Clip, describe, read_frames
from autochrome.video.picture.check import look_at_picture
from autochrome.video.picture.formats import plane_array
from autochrome.video.picture.planes import prepare_frame
from autochrome.video.picture.tags import ColorTags

BT709 = ColorTags(1)


def clip(tags=BT709, ratio=None):
    return Clip("a.mov", 8, 6, "yuv420p", tags, Fraction(1, 25), Fraction(25), ratio)


def frame(pix_fmt="yuv420p"):
    return av.VideoFrame(8, 6, pix_fmt)


def filtered(picture, *filters):
    """Pass a frame through FFmpeg's filters."""
    graph = av.filter.Graph()
    picture.time_base = Fraction(1, 25)
    size = {"width": picture.width, "height": picture.height}
    buffer = graph.add_buffer(**size, format=picture.format.name, time_base=picture.time_base)
    nodes = [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(buffer, *nodes, graph.add("buffersink")).configure()
    graph.push(picture)
    return graph.pull()


def test_an_ordinary_picture_is_let_through_with_all_frames():
    frames = [frame(), frame(), frame()]
    seen, rest = look_at_picture(clip(), iter(frames))
    assert seen == clip()
    assert list(rest) == frames


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (ColorTags(9, 9, 16), r"PQ \(HDR10"),
        (ColorTags(9, 9, 18), "HLG"),
        (ColorTags(1, 1, 8), "linear"),
        (ColorTags(1, 10, 1), "not known"),
    ],
)
def test_light_that_is_not_of_standard_range_is_refused(tags, reason):
    with pytest.raises(UnreadableVideoError, match=reason) as refusal:
        look_at_picture(clip(tags), iter([frame()]))
    assert "a.mov" in refusal.value.message
    assert refusal.value.advice


@pytest.mark.parametrize(
    ("transfer", "primaries", "reason"),
    [
        (16, 9, r"PQ \(HDR10"),
        (18, 9, "HLG"),
        (8, 1, "linear"),
        (1, 10, "not known"),
    ],
)
def test_light_that_only_the_frame_tells_of_is_refused(transfer, primaries, reason):
    picture = frame()
    picture.color_trc, picture.color_primaries = transfer, primaries
    with pytest.raises(UnreadableVideoError, match=reason):
        look_at_picture(clip(), iter([picture]))


def test_high_range_that_the_container_hides_is_refused(tmp_path):
    """Matroska says BT.470 BG, the stream of H.265 in it PQ."""
    path = tmp_path / "a.mkv"
    own = "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx265", rate=25, options={"x265-params": own})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        stream.codec_context.color_primaries = stream.codec_context.colorspace = 5
        output.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p10le")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        seen = describe(container, "a.mkv")
        assert (seen.tags.primaries, seen.tags.transfer) == (5, 2)
        with pytest.raises(UnreadableVideoError, match=r"PQ \(HDR10"):
            look_at_picture(seen, read_frames(container))


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [(0, "RGB"), (8, "YCgCo"), (10, "constant luminance"), (14, "ICtCp")],
)
def test_luma_of_another_kind_is_refused(matrix, reason):
    picture = frame()
    picture.colorspace = matrix
    with pytest.raises(UnreadableVideoError, match=reason) as refusal:
        look_at_picture(clip(), iter([picture]))
    assert "zscale" in refusal.value.advice


@pytest.mark.parametrize("pix_fmt", ["gbrp", "gray", "ya8", "pal8"])
def test_a_matrix_says_nothing_of_what_has_none(pix_fmt):
    picture = frame(pix_fmt)
    picture.colorspace = 0
    assert look_at_picture(clip(), iter([picture]))[0].pix_fmt == pix_fmt


@pytest.mark.parametrize("pix_fmt", ["bayer_rggb8", "grayf32le", "xyz12le"])
def test_formats_that_are_no_picture_in_codes_are_refused(pix_fmt):
    with pytest.raises(UnreadableVideoError, match=pix_fmt):
        look_at_picture(clip(), iter([frame(pix_fmt)]))


def test_a_film_without_frames_is_refused():
    with pytest.raises(UnreadableVideoError, match="Not one frame"):
        look_at_picture(clip(), iter([]))


def test_fields_are_noticed():
    seen, _ = look_at_picture(clip(), iter([filtered(frame(), ("setfield", "tff"))]))
    assert seen.interlaced


TURNS = {  # a, b, c, d of a matrix, and what it does to an array
    "quarter": ((0, 1, -1, 0), lambda pixels: np.rot90(pixels, -1)),
    "half": ((-1, 0, 0, -1), lambda pixels: np.rot90(pixels, 2)),
    "three quarters": ((0, -1, 1, 0), lambda pixels: np.rot90(pixels, 1)),
    "mirrored": ((-1, 0, 0, 1), lambda pixels: pixels[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda pixels: pixels[::-1]),
    "transposed": ((0, 1, 1, 0), lambda pixels: pixels.T),
}


def turned_film(matrix, width=32, height=16):
    """Make an MP4 of one frame, losslessly, and write a display matrix into its track's header."""
    film = BytesIO()
    luma = np.random.default_rng(0).integers(16, 235, (height, width)).astype(np.uint8)
    with av.open(film, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        picture = av.VideoFrame(width, height, "yuv420p")
        for index, codes in enumerate((luma, 128, 128)):
            plane_array(picture, index)[:] = codes
        output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    data = bytearray(film.getvalue())
    # ISO/IEC 14496-12, 8.3.2: the matrix is 40 bytes into the box, a b u c d v x y w, big-endian.
    start = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 65536 for value in matrix)
    data[start : start + 36] = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], dtype=">i4").tobytes()
    return BytesIO(bytes(data)), luma


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
def test_a_turned_picture_is_stood_upright(turn, pix_fmt):
    matrix, expected = TURNS[turn]
    film, luma = turned_film(matrix)
    with av.open(film) as container:
        seen, frames = look_at_picture(describe(container, "a.mp4"), read_frames(container))
        (picture,) = (prepare_frame(one, seen, pix_fmt, seen.tags) for one in frames)
    upright = expected(luma)
    assert (seen.height, seen.width) == (picture.height, picture.width) == upright.shape
    np.testing.assert_array_equal(plane_array(picture, 0), upright)
    on_its_side = upright.shape != luma.shape
    assert seen.sample_aspect_ratio == (Fraction(3, 4) if on_its_side else Fraction(4, 3))


def test_a_picture_on_no_side_is_refused():
    film, _ = turned_film((0.8, 0.6, -0.6, 0.8))
    with av.open(film) as container:
        seen = describe(container, "a.mp4")
        with pytest.raises(UnreadableVideoError, match=r"turned by -?3[67] degrees"):
            look_at_picture(seen, read_frames(container))


def test_fields_that_are_turned_are_refused():
    film, _ = turned_film((0, 1, -1, 0))
    with av.open(film) as container:
        picture = next(read_frames(container))
        picture = filtered(picture, ("setfield", "bff"))
        with pytest.raises(UnreadableVideoError, match="both interlaced and turned"):
            look_at_picture(replace(clip(), name="a.mp4"), iter([picture]))
