"""Chroma planes: against Lab in float64, inside R'G'B', and gray where nothing was predicted."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.color import lab_to_rgb, linear_to_srgb, rgb_to_lab, srgb_to_linear
from autochrome.metrics import ciede2000
from autochrome.video.picture.join import join_chroma, lightness_of_luma, linear_chroma
from autochrome.video.picture.tags import LUMA, PRIMARIES, ColorTags, ratios_to_rgb

BT709 = ColorTags(1)


def smooth(seed, size, scale):
    noise = np.random.default_rng(seed).normal(0, scale, (4, 5, 2)).astype(np.float32)
    return cv2.resize(noise, size[::-1], interpolation=cv2.INTER_CUBIC)


def coefficients(ab, slope=0.0, lightness=0.0):
    slopes = np.full_like(ab, slope)
    return np.concatenate([slopes, ab - slopes * np.asarray(lightness)[..., None]], axis=-1)


def ramp(size):
    return np.broadcast_to(np.linspace(0, 1, size[1], dtype=np.float32), size).copy()


def rgb_of(luma, chroma, tags):
    red, green, blue = tags.luma_weights()
    r = luma + 2 * (1 - red) * chroma[1]
    b = luma + 2 * (1 - blue) * chroma[0]
    return np.stack([r, (luma - red * r - blue * b) / green, b], axis=-1)


def test_lightness_is_that_of_a_gray():
    luma = np.linspace(0, 1, 5001, dtype=np.float32)
    exact = rgb_to_lab(np.repeat(luma[:, None].astype(float), 3, axis=1))[:, 0]
    np.testing.assert_allclose(lightness_of_luma(luma), exact, atol=1e-3)


@pytest.mark.parametrize("matrix", LUMA)
@pytest.mark.parametrize("primaries", [1, 9, 5])
def test_chroma_is_that_of_lab_in_double_precision(matrix, primaries):
    """To half a code of 8 bits, and much closer but where it is nearly black."""
    tags, size = ColorTags(matrix, primaries), (40, 64)
    luma, ab = ramp(size) * 0.9 + 0.05, smooth(1, size, 9)
    joined = join_chroma(linear_chroma(coefficients(ab), luma, tags), luma, tags)
    L = rgb_to_lab(np.repeat(luma[..., None].astype(float), 3, axis=-1))[..., :1]
    linear = srgb_to_linear(lab_to_rgb(np.concatenate([L, ab.astype(float)], axis=-1)))
    linear = linear @ (ratios_to_rgb(primaries) @ np.linalg.inv(ratios_to_rgb(1))).T
    rgb = linear_to_srgb(linear)
    exact = tags.rgb_to_ycc(rgb)[..., 1:].transpose(2, 0, 1)
    inside = ((rgb > 0.06) & (rgb < 0.94)).all(axis=-1)
    assert inside.mean() > 0.5
    wrong = np.abs(joined - exact)[:, inside]
    assert wrong.max() < 2e-3
    assert wrong.mean() < 1e-4


@given(
    seed=st.integers(0, 999),
    scale=st.floats(0, 80),
    slope=st.floats(-2, 2),
    matrix=st.sampled_from(sorted(LUMA)),
    primaries=st.sampled_from([1, 9]),
    strength=st.floats(0, 1),
)
def test_every_pixel_is_inside_rgb(seed, scale, slope, matrix, primaries, strength):
    tags, size = ColorTags(matrix, primaries), (12, 16)
    small = smooth(seed + 1, size, 0.4)[..., 0].clip(0, 1)
    chroma = linear_chroma(coefficients(smooth(seed, size, scale), slope, 50 * small), small, tags)
    luma = np.random.default_rng(seed).random((24, 30), dtype=np.float32)
    luma[0], luma[-1] = 0, 1
    joined = join_chroma(chroma, luma, tags, strength)
    rgb = rgb_of(luma, joined, tags)
    assert rgb.min() > -1e-5
    assert rgb.max() < 1 + 1e-5
    assert np.abs(joined).max() <= 0.5 + 1e-6


def test_what_is_inside_keeps_its_chroma_and_what_is_not_keeps_its_hue():
    size = (8, 8)
    luma = np.full(size, 0.5, dtype=np.float32)
    muted, wild = (np.broadcast_to(np.float32(ab), (*size, 2)) for ab in ((12, 9), (120, 90)))
    chromas = [linear_chroma(coefficients(ab), luma, BT709) for ab in (muted, wild)]
    kept, lowered = (join_chroma(chroma, luma, BT709) for chroma in chromas)
    offered = [chroma[:2] * luma + chroma[2:] for chroma in chromas]
    np.testing.assert_allclose(kept, offered[0], atol=1e-6)
    factor = lowered / offered[1]
    assert factor.max() < 0.9
    np.testing.assert_allclose(factor[0], factor[1], rtol=1e-4)
    rgb = rgb_of(luma, lowered, BT709)
    assert min(rgb.min(), 1 - rgb.max()) == pytest.approx(0, abs=1e-5)


def test_strength_scales_chroma():
    size = (16, 16)
    luma = ramp(size)
    chroma = linear_chroma(coefficients(smooth(3, size, 30)), luma, BT709)
    whole, half = (join_chroma(chroma, luma, BT709, strength) for strength in (1, 0.5))
    np.testing.assert_allclose(half, whole / 2, atol=1e-7)


@pytest.mark.parametrize("primaries", [1, *PRIMARIES])
def test_a_neutral_prediction_gives_neutral_chroma(primaries):
    tags, size = ColorTags(1, primaries), (16, 64)
    luma = ramp(size)
    chroma = linear_chroma(np.zeros((*size, 4), dtype=np.float32), luma, tags)
    joined = join_chroma(chroma, np.random.default_rng(0).random((32, 128), dtype=np.float32), tags)
    assert np.abs(joined).max() < 0.4 / 2**16  # under half a code, even of 16 bits


def test_color_follows_lightness_within_a_cell():
    """The function of L* is enlarged, not its value: a pixel darker than its cell follows it."""
    size = (8, 8)
    luma = np.full(size, 0.5, dtype=np.float32)
    L = lightness_of_luma(luma)
    ab = np.broadcast_to(np.float32((5, 20)), (*size, 2))
    chroma = linear_chroma(coefficients(ab, 0.4, L), luma, BT709)
    darker = np.full(size, 0.45, dtype=np.float32)
    joined = join_chroma(chroma, darker, BT709)
    there = rgb_to_lab(rgb_of(darker, joined, BT709).astype(float))
    expected = ab + 0.4 * (lightness_of_luma(darker) - L)[..., None]
    lab = np.concatenate([lightness_of_luma(darker)[..., None], expected], axis=-1)
    assert ciede2000(there, lab.astype(float)).max() < 2
    assert np.abs(there[..., 1:] - expected).max() < 1.5
