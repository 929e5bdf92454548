"""Smoothing of color cell by cell, against its equations and what it must never do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autochrome import ColorizeOptions
from autochrome.color import decode_with_variance
from autochrome.pipeline.decode import decode_smoothly
from autochrome.pipeline.smoothing import smooth_color

SIZE = (12, 17)
SURE = np.zeros(SIZE, np.float32)


def by_the_equations(ab, variance, lightness, passes):
    """Average as the source writes it down, cell by cell, in double precision."""
    ab, variance, lightness = (plane.astype(float) for plane in (ab, variance, lightness))
    height, width = lightness.shape
    for step in (2**k for k in range(passes)):
        smooth = np.empty_like(ab)
        for y in range(height):
            for x in range(width):
                weights, colors = [], []
                for down in (-step, 0, step):
                    for across in (-step, 0, step):
                        q = min(max(y + down, 0), height - 1), min(max(x + across, 0), width - 1)
                        by_lightness = np.exp(-((lightness[q] - lightness[y, x]) ** 2) / (2 * 3**2))
                        deviation = np.sqrt(3**2 + min(variance[q], variance[y, x]) / 4)
                        apart = np.linalg.norm(ab[q] - ab[y, x])
                        by_color = np.exp(-(apart**2) / (2 * deviation**2))
                        weights.append(by_lightness * by_color)
                        colors.append(ab[q])
                smooth[y, x] = np.average(colors, axis=0, weights=weights)
        ab = smooth
    return ab


def patches(scale, seed=0):
    """One lightness, and an answer that differs from cell to cell."""
    rng = np.random.default_rng(seed)
    ab = np.array([10, 20]) + rng.normal(scale=scale, size=(*SIZE, 2))
    return ab.astype(np.float32), np.full(SIZE, 60, dtype=np.float32)


@pytest.mark.parametrize("passes", [1, 2, 3, 5])
def test_the_equations_of_the_source(passes):
    rng = np.random.default_rng(1)
    lightness = rng.uniform(50, 60, SIZE).astype(np.float32)
    ab = rng.normal(scale=8, size=(*SIZE, 2)).astype(np.float32)
    variance = rng.uniform(0, 600, SIZE).astype(np.float32)
    expected = by_the_equations(ab, variance, lightness, passes)
    np.testing.assert_allclose(smooth_color(ab, variance, lightness, passes), expected, atol=1e-4)


def test_without_a_pass_color_is_as_it_was():
    ab, lightness = patches(10)
    np.testing.assert_array_equal(smooth_color(ab, SURE, lightness, 0), ab)


def test_what_is_alike_becomes_its_mean():
    """Where neither lightness nor color tells cells apart, a pass is the mean of 3 x 3."""
    ab, lightness = patches(1e-3)
    windows = np.lib.stride_tricks.sliding_window_view(ab, (3, 3), axis=(0, 1))
    smooth = smooth_color(ab, SURE, lightness, 1)[1:-1, 1:-1]
    np.testing.assert_allclose(smooth, windows.mean(axis=(-2, -1)), atol=1e-5)


@pytest.mark.parametrize("scale", [1, 3, 6])
def test_patches_on_a_wall_become_fewer_with_each_pass(scale):
    """The network is of two minds, as far apart as the patches are."""
    ab, lightness = patches(scale)
    variance = np.full(SIZE, (2 * scale) ** 2, np.float32)
    smooth = [smooth_color(ab, variance, lightness, passes) for passes in range(5)]
    left = [color.std(axis=(0, 1)).max() for color in smooth]
    assert left == sorted(left, reverse=True)
    assert left[3] < 0.6 * left[0]


@pytest.mark.parametrize(
    ("lightness_step", "color_step"), [(30, 5), (0, 40)], ids=["of lightness", "of color"]
)
def test_an_edge_is_not_crossed(lightness_step, color_step):
    ab, lightness = np.zeros((*SIZE, 2), np.float32), np.full(SIZE, 40, np.float32)
    lightness[:, 8:] += lightness_step
    ab[:, 8:, 0] += color_step
    np.testing.assert_allclose(smooth_color(ab, SURE, lightness, 3), ab, atol=1e-3)


@pytest.mark.parametrize(
    ("left", "right", "kept"), [(0, 0, True), (0, 900, True), (900, 0, True), (900, 900, False)]
)
def test_two_colors_stay_two_if_the_network_is_sure_of_one(left, right, kept):
    """A wall, half of it 16 ab redder: one answer or two?"""
    ab, lightness = np.zeros((*SIZE, 2), np.float32), np.full(SIZE, 40, np.float32)
    variance = np.full(SIZE, left, np.float32)
    variance[:, 8:] = right
    ab[:, 8:, 0] = 16
    apart = np.ptp(smooth_color(ab, variance, lightness, 4)[:, 7:9, 0])
    assert apart > 15.9 if kept else apart < 4


values = st.floats(-110, 110, width=32)


@given(
    arrays(np.float32, (6, 7, 2), elements=values),
    arrays(np.float32, (6, 7), elements=st.floats(0, 1e4, width=32)),
    arrays(np.float32, (6, 7), elements=values),
)
def test_nothing_overshoots(ab, variance, lightness):
    smooth = smooth_color(ab, variance, lightness, 3)
    assert (smooth >= ab.min(axis=(0, 1)) - 1e-3).all()
    assert (smooth <= ab.max(axis=(0, 1)) + 1e-3).all()


def test_turning_the_photograph_turns_the_answer():
    ab, _ = patches(6)
    rng = np.random.default_rng(2)
    lightness = rng.uniform(50, 60, SIZE).astype(np.float32)
    variance = rng.uniform(0, 600, SIZE).astype(np.float32)
    straight = smooth_color(ab, variance, lightness, 3)
    turned = smooth_color(*(np.rot90(plane) for plane in (ab, variance, lightness)), 3)
    np.testing.assert_allclose(np.rot90(turned, -1), straight, atol=1e-4)


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_how_far_a_cell_is_felt(passes):
    reach = 2**passes - 1
    ab, lightness = np.zeros((1, 40, 2), np.float32), np.full((1, 40), 50, np.float32)
    ab[0, 20] = 1
    touched = np.flatnonzero(smooth_color(ab, np.zeros_like(lightness), lightness, passes)[0, :, 0])
    assert (touched.min(), touched.max()) == (20 - reach, 20 + reach)


@pytest.fixture
def undecided(colorizer):
    """What a network of several minds says of a wall."""
    prediction = colorizer.predict_lightness(np.full((64, 96), 55, np.float32), (64, 96))
    noise = np.random.default_rng(3).normal(scale=1, size=prediction.answer.shape)
    return replace(prediction, answer=(prediction.answer + noise).astype(np.float32))


def decoded(prediction, colorizer, asked, own):
    defaults = replace(colorizer.manifest.decode, smoothing=own)
    return decode_smoothly(prediction, ColorizeOptions(smoothing=asked), defaults)


def test_what_the_network_is_sure_of_is_smoothed_less(undecided, colorizer):
    """The distribution that is decoded decides, temperature and vividness included."""
    options = ColorizeOptions(temperature=0.7, vividness=0.3, smoothing=2)
    defaults = colorizer.manifest.decode
    ab, variance = decode_with_variance(undecided.answer, None, 0.7, 0.3)
    smooth = decode_smoothly(undecided, options, defaults)
    by_hand = smooth_color(ab, variance, undecided.cell_lightness, 2)
    np.testing.assert_array_equal(smooth, by_hand)
    sure = smooth_color(ab, np.zeros_like(variance), undecided.cell_lightness, 2)
    assert sure.std() > 1.01 * smooth.std()


def test_an_answer_without_a_distribution_is_smoothed_as_sure(undecided, colorizer):
    answer = np.random.default_rng(4).normal(scale=8, size=(16, 24, 2)).astype(np.float32)
    direct = replace(undecided, answer=answer)
    defaults = replace(colorizer.manifest.decode, kind="direct", smoothing=3)
    expected = smooth_color(answer, np.zeros((16, 24), np.float32), direct.cell_lightness, 3)
    smooth = decode_smoothly(direct, ColorizeOptions(), defaults)
    np.testing.assert_array_equal(smooth, expected)


def test_the_model_decides_what_was_not_asked_for(undecided, colorizer):
    rough = decoded(undecided, colorizer, None, own=0)
    smooth = decoded(undecided, colorizer, None, own=3)
    assert smooth.std() < rough.std()
    np.testing.assert_array_equal(decoded(undecided, colorizer, 3, own=0), smooth)
    np.testing.assert_array_equal(decoded(undecided, colorizer, 0, own=3), rough)
