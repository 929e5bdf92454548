"""What a clip says of its color, and what is assumed where it says nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from autochrome.color import lab_to_rgb, srgb_to_linear
from autochrome.color.spaces import RGB_TO_XYZ
from autochrome.video.picture.tags import LUMA, PRIMARIES, ColorTags, ratios_to_rgb, read_tags


def context(**known):
    unknown = {
        "pix_fmt": "yuv420p",
        "colorspace": 2,
        "color_primaries": 2,
        "color_trc": 2,
        "color_range": 0,
        "height": 1080,
        "codec": SimpleNamespace(canonical_name="ffv1"),
    }
    return SimpleNamespace(**{**unknown, **known})


def test_what_a_clip_says_is_kept():
    tags = read_tags(context(colorspace=9, color_primaries=9, color_trc=14, color_range=2))
    assert tags == ColorTags(9, 9, 14, full_range=True)


@pytest.mark.parametrize(
    ("height", "primaries", "matrix"), [(576, 2, 6), (577, 2, 1), (2160, 9, 9), (480, 9, 9)]
)
def test_an_unspecified_matrix_is_guessed(height, primaries, matrix):
    assert read_tags(context(height=height, color_primaries=primaries)).matrix == matrix


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "color_range", "full"),
    [
        ("yuv420p", "h264", 0, False),
        ("yuvj420p", "mjpeg", 0, True),
        ("yuv420p", "h264", 2, True),
        ("rgb24", "png", 0, True),
        ("pal8", "gif", 0, True),
        ("gray", "ffv1", 0, True),
        ("gray10le", "ffv1", 1, False),
        ("gray", "hevc", 0, False),
        ("gray10le", "av1", 0, False),
        ("monow", "rawvideo", 0, True),
    ],
)
def test_range(pix_fmt, codec, color_range, full):
    known = {"pix_fmt": pix_fmt, "color_range": color_range}
    tags = read_tags(context(**known, codec=SimpleNamespace(canonical_name=codec)))
    assert tags.full_range is full


def test_rgb_has_a_matrix_of_luma():
    assert read_tags(context(pix_fmt="gbrp", colorspace=0, height=480)).matrix == 1


@pytest.mark.parametrize("matrix", LUMA)
def test_weights_of_luma(matrix):
    weights = ColorTags(matrix).luma_weights()
    assert sum(weights) == pytest.approx(1, abs=1e-15)
    assert min(weights) > 0


def test_scales_of_codes():
    """BT.709, 4.2: black, white, and the span of color differences, at 8 and 10 bits."""
    assert ColorTags(1).luma_scale(8) == (16, 235)
    assert ColorTags(1).luma_scale(10) == (64, 940)
    assert ColorTags(1).chroma_scale(10) == (512, 896)
    assert ColorTags(1, full_range=True).luma_scale(10) == (0, 1023)


def test_chroma_of_primaries():
    """BT.709, 3.3: E'CB = (E'B - E'Y) / 1.8556, E'CR = (E'R - E'Y) / 1.5748."""
    y, cb, cr = ColorTags(1).rgb_to_ycc(np.array([0.2, 0.5, 0.9]))
    assert y == pytest.approx(0.2126 * 0.2 + 0.7152 * 0.5 + 0.0722 * 0.9)
    assert (cb, cr) == (pytest.approx((0.9 - y) / 1.8556), pytest.approx((0.2 - y) / 1.5748))


@pytest.mark.parametrize("primaries", [1, 2, *PRIMARIES])
def test_white_is_white_whatever_the_primaries(primaries):
    np.testing.assert_allclose(ratios_to_rgb(primaries).sum(axis=1), 1, atol=1e-6)


def test_primaries_of_srgb_agree_with_the_room_of_color():
    color = np.array([62.0, 30.0, -40.0])
    xyz = RGB_TO_XYZ @ srgb_to_linear(lab_to_rgb(color))
    ratios = xyz / RGB_TO_XYZ.sum(axis=1)
    linear = ratios_to_rgb(1).astype(float) @ ratios
    np.testing.assert_allclose(linear, srgb_to_linear(lab_to_rgb(color)), atol=1e-6)


def test_bt2020_of_a_red_of_srgb():
    """ITU-R BT.2087, 2.2: the matrix from linear BT.709 to linear BT.2020."""
    published = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    to_ratios = RGB_TO_XYZ / RGB_TO_XYZ.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ratios_to_rgb(9) @ to_ratios, published, atol=3e-4)
