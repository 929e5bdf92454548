"""Y' comes out of a frame of any format as it is, and out of R'G'B' rounded once."""

import av
import numpy as np
import pytest
from av.video.format import VideoFormat, names

from autochrome.video.picture.formats import (
    depth_of,
    has_alpha,
    is_readable,
    plane_array,
    read_luma,
)
from autochrome.video.picture.tags import ColorTags, is_rgb

HEIGHT, WIDTH = 6, 16
LIMITED, FULL = ColorTags(1), ColorTags(1, full_range=True)
READABLE = [name for name in sorted(names) if is_readable(VideoFormat(name))]
LUMA = [name for name in READABLE if not is_rgb(VideoFormat(name)) and "mono" not in name]
DEEP_RGB = [
    name
    for name in READABLE
    if is_rgb(VideoFormat(name))
    and len(VideoFormat(name).components) >= 3
    and min(part.bits for part in VideoFormat(name).components[:3]) >= 8
]


def codes(depth, seed=0):
    return np.random.default_rng(seed).integers(0, 2**depth, (HEIGHT, WIDTH))


def planar(base, depth, *planes):
    frame = av.VideoFrame(WIDTH, HEIGHT, base if depth == 8 else f"{base}{depth}le")
    for index, values in enumerate(planes):
        plane_array(frame, index)[:] = values
    return frame


def test_what_films_are_made_of_is_known():
    common = """yuv420p yuvj420p yuv422p yuv444p yuv411p yuv440p yuva420p nv12 nv21 nv16 p010le
    p016le p210le yuyv422 uyvy422 yuv420p10le yuv422p10be yuv444p12le yuv444p16le gray
    gray10le gray12le gray16be ya8 rgb24 bgra gbrp gbrp10le rgb48le pal8 monow rgb555le"""
    assert set(common.split()) <= set(READABLE)


@pytest.mark.parametrize(
    "name", ["bayer_rggb8", "grayf32le", "gbrpf16le", "xyz12le", "cuda", "uyyvyy411", "xv30le"]
)
def test_what_is_no_picture_in_codes_is_not(name):
    assert not is_readable(VideoFormat(name))


@pytest.mark.parametrize("name", LUMA)
def test_luma_is_copied(name):
    depth = depth_of(VideoFormat(name))
    expected = codes(depth)
    if name.startswith(("gray", "ya")):
        frame = planar("gray", depth, expected).reformat(format=name)
    else:
        neutral = 2 ** (depth - 1)
        frame = planar("yuv444p", depth, expected, neutral, neutral)
        kept = 2 if name.startswith("yuvj") else 1
        frame = frame.reformat(format=name, src_color_range=kept, dst_color_range=kept)
    assert frame.format.name == name
    luma = read_luma(frame, LIMITED, LIMITED, depth)
    assert luma.dtype == (np.uint8 if depth == 8 else np.uint16)
    np.testing.assert_array_equal(luma, expected)


@pytest.mark.parametrize("name", DEEP_RGB)
def test_gray_in_rgb_keeps_its_codes(name):
    depth = depth_of(VideoFormat(name))
    expected = codes(depth)
    frame = planar("gbrp", depth, expected, expected, expected)
    if name.startswith("gbrap"):  # FFmpeg rounds on the way to it
        frame = av.VideoFrame(WIDTH, HEIGHT, name)
        for plane in range(4):
            plane_array(frame, plane)[:] = expected if plane < 3 else 2**depth - 1
    frame = frame.reformat(format=name)
    luma = read_luma(frame, FULL, FULL, depth)
    np.testing.assert_array_equal(luma, expected)


@pytest.mark.parametrize("matrix", [1, 4, 6, 7, 9])
@pytest.mark.parametrize(("bits", "depth"), [(8, 8), (8, 10), (12, 12), (16, 16), (10, 8)])
@pytest.mark.parametrize("full_range", [False, True])
def test_rgb_is_converted_by_the_matrix_and_rounded_once(matrix, bits, depth, full_range):
    green, blue, red = (codes(bits, seed) for seed in range(3))
    tags = ColorTags(matrix, full_range=full_range)
    luma = read_luma(planar("gbrp", bits, green, blue, red), FULL, tags, depth)
    k_red, k_green, k_blue = tags.luma_weights()
    exact = (k_red * red + k_green * green + k_blue * blue) / (2**bits - 1)
    black, white = tags.luma_scale(depth)
    assert np.abs(luma - (black + exact * (white - black))).max() <= 0.5 + 2.0 ** (depth - 22)


def test_palettes_and_two_tones_are_read():
    frame = av.VideoFrame(WIDTH, HEIGHT, "pal8")
    pixels = codes(1)
    palette = np.zeros((256, 4), dtype=np.uint8)
    palette[1] = 90, 90, 90, 255
    plane_array(frame, 0)[:] = pixels
    frame.planes[1].update(palette.tobytes())
    np.testing.assert_array_equal(read_luma(frame, FULL, FULL, 8), pixels * 90)
    white = planar("gray", 8, pixels * 255)
    for name in ("monow", "monob"):
        luma = read_luma(white.reformat(format=name), FULL, FULL, 8)
        np.testing.assert_array_equal(luma, pixels * 255)


@pytest.mark.parametrize(("bits", "depth"), [(8, 10), (9, 10), (10, 12), (8, 16)])
def test_limited_range_is_shifted_to_more_bits(bits, depth):
    stored = np.arange(2**bits)
    frame = av.VideoFrame(2**bits, 1, "gray" if bits == 8 else f"gray{bits}le")
    plane_array(frame, 0)[:] = stored
    luma = read_luma(frame, LIMITED, LIMITED, depth)
    np.testing.assert_array_equal(luma[0], stored << (depth - bits))


@pytest.mark.parametrize("wanted", [FULL, LIMITED])
def test_full_range_loses_nothing_in_more_bits(wanted):
    frame = av.VideoFrame(256, 1, "gray")
    plane_array(frame, 0)[:] = np.arange(256)
    luma = read_luma(frame, FULL, wanted, 10)[0]
    assert len(set(luma.tolist())) == 256
    assert (luma[0], luma[-1]) == wanted.luma_scale(10)


def test_alpha_is_noticed():
    with_alpha = {name for name in READABLE if has_alpha(VideoFormat(name))}
    assert {"yuva420p", "ya8", "bgra", "gbrap16le", "vuya"} <= with_alpha
    assert not with_alpha & {"yuv420p", "gray", "rgb24", "nv12", "gbrp"}
