import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import rgb2lab

from autochrome.color import (
    lab_to_rgb,
    lightness_to_luminance,
    linear_to_srgb,
    luminance_to_lightness,
    rgb8_to_lab,
    rgb_to_lab,
    srgb_to_linear,
)

# Lab (D65, 2 degree) of the sRGB primaries and secondaries, as published by B. Lindbloom.
PUBLISHED = {
    (1, 0, 0): (53.24, 80.09, 67.20),
    (0, 1, 0): (87.73, -86.18, 83.18),
    (0, 0, 1): (32.30, 79.19, -107.86),
    (1, 1, 0): (97.14, -21.55, 94.48),
    (0, 1, 1): (91.11, -48.09, -14.13),
    (1, 0, 1): (60.32, 98.23, -60.82),
    (1, 1, 1): (100, 0, 0),
    (0, 0, 0): (0, 0, 0),
}

unit_rgb = arrays(np.float64, (5, 3), elements=st.floats(0, 1))


@pytest.mark.parametrize(("rgb", "lab"), PUBLISHED.items())
def test_published_values(rgb, lab):
    np.testing.assert_allclose(rgb_to_lab(np.array(rgb, float)), lab, atol=0.015)


@pytest.mark.parametrize(("dtype", "limit"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_neutrals_are_exact(dtype, limit):
    grey = np.linspace(0, 1, 4097, dtype=dtype)[:, None].repeat(3, axis=1)
    lab = rgb_to_lab(grey)
    assert lab.dtype == dtype
    assert np.abs(lab[:, 1:]).max() < limit


def test_agrees_with_skimage_within_its_rounded_white():
    rgb = np.random.default_rng(0).random((2000, 3))
    assert np.abs(rgb_to_lab(rgb) - rgb2lab(rgb)).max() < 0.02


@given(unit_rgb)
def test_round_trip(rgb):
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-7)


@given(unit_rgb)
def test_transfer_curve_round_trip(rgb):
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(rgb)), rgb, atol=1e-7)


def test_transfer_curve_published_values():
    # IEC 61966-2-1: the curve's two parts meet at 0.04045; half of the code is 21.4 % light.
    np.testing.assert_allclose(srgb_to_linear([0.04045, 0.5]), [0.0031308, 0.2140411], atol=1e-6)


def test_integers_become_float64():
    assert rgb_to_lab(np.array([1, 1, 1])).dtype == np.float64


def test_8_bit_is_the_same_color_in_float32():
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    lab = rgb8_to_lab(rgb)
    assert lab.dtype == np.float32
    np.testing.assert_allclose(lab, rgb_to_lab(rgb / 255), atol=1e-3)


def test_luminance_of_gray_and_back():
    linear = np.linspace(0, 1, 1001)
    lightness = rgb_to_lab(linear_to_srgb(linear)[:, None].repeat(3, axis=1))[:, 0]
    np.testing.assert_allclose(luminance_to_lightness(linear), lightness, atol=1e-9)
    np.testing.assert_allclose(lightness_to_luminance(lightness), linear, atol=1e-12)
    assert luminance_to_lightness(0.184) == pytest.approx(49.98, abs=0.01)  # a gray card
