"""Planes of frames: luma as it was, chroma where it belongs, each field by itself."""

import gc
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.errors import UnreadableVideoError
from autochrome.video.container.source import Clip
from autochrome.video.picture.formats import plane_array
from autochrome.video.picture.join import lightness_of_luma
from autochrome.video.picture.planes import (
    luma_at_chroma,
    prepare_frame,
    small_lightness,
    write_color,
)
from autochrome.video.picture.tags import ColorTags

BT709 = ColorTags(1)
SIZE = (12, 16)


def clip(width=64, height=48, pix_fmt="yuv420p", tags=BT709):
    return Clip(
        name="clip",
        width=width,
        height=height,
        pix_fmt=pix_fmt,
        tags=tags,
        time_base=Fraction(1, 25),
        rate=Fraction(25),
        sample_aspect_ratio=None,
    )


def noise(depth=8, height=48, width=64, seed=0):
    codes = np.random.default_rng(seed).integers(0, 2**depth, (height, width))
    return codes.astype(np.uint8 if depth == 8 else np.uint16)


def frame_of(luma, pix_fmt="yuv420p"):
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], pix_fmt)
    for index in range(len(frame.planes)):
        plane_array(frame, index)[:] = 77
    plane_array(frame, 0)[:] = luma
    frame.pts, frame.time_base = 7, Fraction(1, 25)
    return frame


def colored(ab=(15, -20), size=SIZE):
    coefficients = np.zeros((*size, 4), dtype=np.float32)
    coefficients[..., 2:] = ab
    return coefficients


def test_a_frame_that_fits_is_handed_on():
    frame = frame_of(noise())
    assert prepare_frame(frame, clip(), "yuv420p", BT709) is frame
    assert not [one for one in gc.get_referrers(frame) if type(one).__module__.startswith("av.")]


@pytest.mark.parametrize("stored", ["nv12", "yuv444p", "yuyv422", "gray", "yuv410p"])
@pytest.mark.parametrize("wanted", ["yuv420p", "yuv422p10le", "yuv444p16le"])
def test_a_prepared_frame_has_the_same_luma_and_time(stored, wanted):
    luma = noise()
    frame = frame_of(luma, "yuv444p").reformat(
        format="gray" if stored == "gray" else stored, src_color_range=1, dst_color_range=1
    )
    if stored == "gray":
        plane_array(frame, 0)[:] = luma
    prepared = prepare_frame(frame, clip(pix_fmt=stored), wanted, BT709)
    depth = prepared.format.components[0].bits
    assert (prepared.format.name, prepared.pts, prepared.time_base) == (wanted, 7, Fraction(1, 25))
    np.testing.assert_array_equal(plane_array(prepared, 0), luma.astype(int) << (depth - 8))


def test_full_range_becomes_limited_where_it_must():
    full = ColorTags(1, full_range=True)
    frame = frame_of(noise(10), "yuv422p10le")
    stored = plane_array(frame, 0).astype(int)
    prepared = prepare_frame(frame, clip(pix_fmt="yuv422p10le", tags=full), "yuv422p10le", BT709)
    expected = np.rint(64 + stored / 1023 * 876)
    np.testing.assert_array_equal(plane_array(prepared, 0), expected)


@pytest.mark.parametrize("other", [(64, 50, "yuv420p"), (64, 48, "yuv422p"), (48, 64, "yuv420p")])
def test_another_picture_is_refused_and_its_time_named(other):
    width, height, pix_fmt = other
    frame = frame_of(noise(height=height, width=width), pix_fmt)
    with pytest.raises(UnreadableVideoError, match=r"0\.28 seconds") as refusal:
        prepare_frame(frame, clip(), "yuv420p", BT709)
    assert f"{width} x {height} {pix_fmt}" in refusal.value.message


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "yuv444p16le", "yuv444p"])
@pytest.mark.parametrize("full_range", [False, True])
def test_color_is_written_beside_the_luma(pix_fmt, full_range):
    tags = ColorTags(1, full_range=full_range)
    depth = av.VideoFormat(pix_fmt).components[0].bits
    frame = frame_of(noise(depth), pix_fmt)
    before = plane_array(frame, 0).copy()
    write_color(frame, colored(), tags)
    np.testing.assert_array_equal(plane_array(frame, 0), before)
    neutral, span = tags.chroma_scale(depth)
    blue, red = (plane_array(frame, index).astype(float) for index in (1, 2))
    assert blue.mean() > neutral + 0.02 * span
    assert abs(red.mean() - neutral) < 0.1 * span
    write_color(frame, colored((0, 0)), tags)
    for index in (1, 2):
        assert np.all(plane_array(frame, index) == neutral)


@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuv444p10le", "yuv444p16le"])
def test_the_strongest_chroma_has_a_code(pix_fmt, monkeypatch):
    """Cb of pure blue is 0.5, which in full range would be one code more than there are."""
    frame = frame_of(noise(), pix_fmt)
    pure = np.full((2, 48, 64), 0.5, dtype=np.float32)
    pure[1] = -0.5
    monkeypatch.setattr("autochrome.video.picture.planes.join_chroma", lambda *_: pure)
    write_color(frame, colored(), ColorTags(1, full_range=True))
    depth = frame.format.components[0].bits
    assert np.all(plane_array(frame, 1) == 2**depth - 1)
    assert np.all(plane_array(frame, 2) == 1)


def test_chroma_of_a_pixel_is_that_of_its_luma_to_half_a_code():
    luma = noise()
    frame, deep = frame_of(luma, "yuv444p"), frame_of(luma.astype(np.uint16) << 8, "yuv444p16le")
    for picture in (frame, deep):
        write_color(picture, colored((20, 30)), BT709)
    for index in (1, 2):
        exact = plane_array(deep, index) / 256
        assert np.abs(plane_array(frame, index) - exact).max() < 0.55


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_luma_at_chroma_is_of_the_column_it_is_on(rows, columns, seed):
    luma = noise(height=2 * rows, width=2 * columns, seed=seed)
    level = luma_at_chroma(luma, (rows, columns))
    lines = luma.astype(float).reshape(rows, 2, -1).mean(axis=1)
    before = np.concatenate([lines[:, 1:2], lines], axis=1)[:, : 2 * columns]
    exact = (before[:, ::2] + 2 * lines[:, ::2] + lines[:, 1::2]) / 4
    assert np.abs(level - exact).max() <= 0.5  # each of two averages is rounded
    np.testing.assert_array_equal(luma_at_chroma(luma, luma.shape), luma)


def interlaced_frame(upper, lower):
    """Weave two fields into a frame that says so."""
    luma = np.stack([upper, lower], axis=1).reshape(-1, upper.shape[1])
    frame = frame_of(luma)
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format="yuv420p", time_base=frame.time_base
        ),
        graph.add("setfield", "tff"),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    return graph.pull()


def test_fields_have_chroma_of_their_own():
    """Two fields that share nothing: each is colored as it would be alone."""
    upper, lower = noise(height=24, seed=1), noise(height=24, seed=2)
    frame = interlaced_frame(upper, lower)
    assert frame.interlaced_frame
    color = colored((10, 40))
    color[..., 1] = 0.5  # so that chroma depends on luma
    write_color(frame, color, BT709)
    gray = np.full((24, 64), 128, dtype=np.uint8)
    other = interlaced_frame(upper, gray)
    write_color(other, color, BT709)
    # Not to the code: color was predicted for both fields together.
    first, second = (plane_array(picture, 1)[::2].astype(int) for picture in (frame, other))
    assert np.abs(first - second).mean() < 0.3
    first, second = (plane_array(picture, 1)[1::2].astype(int) for picture in (frame, other))
    assert np.abs(first - second).mean() > 3


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("shape", [(480, 640), (95, 131), (12, 16)])
def test_small_lightness_is_that_of_the_average(pix_fmt, shape):
    depth = av.VideoFormat(pix_fmt).components[0].bits
    luma = cv2.GaussianBlur(noise(depth, *shape), (0, 0), 2)
    seen = small_lightness(frame_of(luma, pix_fmt), SIZE, BT709)
    black, white = BT709.luma_scale(depth)
    levels = ((luma - black) / (white - black)).clip(0, 1).astype(np.float32)
    exact = lightness_of_luma(cv2.resize(levels, SIZE[::-1], interpolation=cv2.INTER_AREA))
    assert np.abs(seen - exact).max() < 1.0  # a code of 8 bits is half a unit of L*
