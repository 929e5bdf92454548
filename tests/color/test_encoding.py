import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.color import (
    ab_gamut,
    annealed_mean,
    decode_logits,
    decode_with_variance,
    soft_encoding,
    soft_encoding_table,
)

in_gamut = st.tuples(st.floats(-30, 60), st.floats(-40, 60))


def random_logits(shape=(4, 5), seed=0, scale=3.0):
    return np.random.default_rng(seed).normal(0, scale, (*shape, ab_gamut().num_bins))


def test_a_bin_center_by_hand():
    """At a centre: itself, and four neighbours at distance 10 with weight exp(-100 / 50)."""
    encoded = soft_encoding([0.0, 0.0])
    centers = ab_gamut().centers[encoded.bins]
    assert centers[0].tolist() == [0, 0]
    assert sorted(np.hypot(*centers.T).tolist()) == [0, 10, 10, 10, 10]
    neighbor = np.exp(-2)
    np.testing.assert_allclose(
        encoded.weights, np.array([1, neighbor, neighbor, neighbor, neighbor]) / (1 + 4 * neighbor),
        rtol=1e-6,
    )  # fmt: skip


@given(in_gamut)
def test_weights_sum_to_one_and_nearest_is_first(ab):
    encoded = soft_encoding(ab)
    distances = np.hypot(*(ab_gamut().centers - np.array(ab)).T)
    assert encoded.weights.sum() == pytest.approx(1, abs=1e-6)
    assert distances[encoded.bins[0]] == pytest.approx(distances.min())
    assert (np.diff(encoded.weights) <= 1e-7).all()


@given(st.tuples(st.integers(-110, 110), st.integers(-110, 110)))
def test_table_equals_direct_form(ab):
    direct, table = soft_encoding(ab), soft_encoding_table()(ab)
    np.testing.assert_array_equal(direct.bins, table.bins)
    np.testing.assert_array_equal(direct.weights, table.weights)


def test_table_rounds_and_clips():
    table = soft_encoding_table()
    np.testing.assert_array_equal(table([3.4, -7.6]).bins, table([3, -8]).bins)
    np.testing.assert_array_equal(table([500.0, 0.0]).bins, table([110, 0]).bins)


def test_far_outside_the_gamut_is_still_a_distribution():
    assert soft_encoding([5000.0, 5000.0]).weights.sum() == pytest.approx(1)


@given(in_gamut)
def test_mean_of_soft_encoding_stays_near_the_color(ab):
    encoded = soft_encoding(ab)
    mean = encoded.weights @ ab_gamut().centers[encoded.bins]
    assert np.hypot(*(mean - np.array(ab))) < 6


def test_temperature_one_is_the_mean():
    distribution = np.exp(random_logits())
    distribution /= distribution.sum(-1, keepdims=True)
    np.testing.assert_allclose(
        annealed_mean(distribution, temperature=1), distribution @ ab_gamut().centers, atol=1e-3
    )


def test_temperature_towards_zero_is_the_mode():
    logits = random_logits()
    mode = ab_gamut().centers[logits.argmax(-1)]
    np.testing.assert_allclose(decode_logits(logits, temperature=1e-4), mode, atol=1e-3)
    assert np.isfinite(decode_logits(logits, temperature=1e-300)).all()


def test_annealed_mean_equals_equation_five():
    distribution = np.exp(random_logits(seed=1))
    distribution /= distribution.sum(-1, keepdims=True)
    sharpened = np.exp(np.log(distribution) / 0.38)
    sharpened /= sharpened.sum(-1, keepdims=True)
    np.testing.assert_allclose(
        annealed_mean(distribution), sharpened @ ab_gamut().centers, atol=1e-3
    )


def test_certainty_with_zeros_elsewhere():
    distribution = np.zeros(ab_gamut().num_bins)
    distribution[17] = 1
    np.testing.assert_array_equal(annealed_mean(distribution), ab_gamut().centers[17])


def test_vividness_by_hand():
    """Two equally likely bins, 10 and 30 from gray: v = 1 makes the outer 100 times as likely."""
    gamut = ab_gamut()
    near, far = (gamut.centers.tolist().index(center) for center in ([0, -10], [30, 0]))
    logits = np.full(gamut.num_bins, -1e9)
    logits[[near, far]] = 0
    for vividness, ratio in ((1, 100), (0.5, 10), (0, 1), (-0.5, 0.1)):
        expected = (gamut.centers[near] + ratio * gamut.centers[far]) / (1 + ratio)
        for temperature in (0.2, 1.0):  # it favors after the annealing
            ab = decode_logits(logits, gamut, temperature, vividness)
            np.testing.assert_allclose(ab, expected, rtol=1e-5)


def test_beyond_a_chroma_of_55_nothing_is_favored_more():
    logits = np.full(ab_gamut().num_bins, -1e9)
    colors = np.array([[80, 60], [0, 60]])
    logits[[ab_gamut().centers.tolist().index(color) for color in colors.tolist()]] = 0
    np.testing.assert_allclose(decode_logits(logits, vividness=1.0), colors.mean(0), rtol=1e-5)


def test_vividness_favors_no_hue():
    """What is as far from gray on all sides stays gray, however likely its colors were made."""
    logits = np.full(ab_gamut().num_bins, -1e9)
    for center in ([40, 30], [-40, -30], [0, 50], [0, -50]):
        logits[ab_gamut().centers.tolist().index(center)] = 0
    np.testing.assert_allclose(decode_logits(logits, vividness=1.0), 0, atol=1e-4)


def test_variance_is_the_expected_squared_distance():
    logits, centers = random_logits(seed=2), ab_gamut().centers.astype(float)
    probability = np.exp(logits / 0.38)
    probability /= probability.sum(-1, keepdims=True)
    mean = probability @ centers
    squared = ((centers - mean[..., None, :]) ** 2).sum(-1)
    ab, variance = decode_with_variance(logits)
    np.testing.assert_allclose(ab, mean, atol=1e-3)
    np.testing.assert_allclose(variance, (probability * squared).sum(-1), rtol=1e-4, atol=1e-2)


def test_a_certain_answer_has_no_variance():
    logits = np.full((2, ab_gamut().num_bins), -1e9)
    logits[:, 17] = 0
    np.testing.assert_array_equal(decode_with_variance(logits)[1], 0)


def test_rounding_makes_no_variance_negative():
    _, variance = decode_with_variance(random_logits((64, 96)), temperature=0.01)
    assert variance.min() >= 0


def test_does_not_change_its_input():
    logits = random_logits().astype(np.float32)
    before = logits.copy()
    decode_logits(logits)
    np.testing.assert_array_equal(logits, before)


@pytest.mark.parametrize(
    "call",
    [
        lambda: soft_encoding([0, 0, 0]),
        lambda: soft_encoding([0, 0], num_neighbors=0),
        lambda: soft_encoding([0, 0], sigma=0),
        lambda: decode_logits(np.zeros(7)),
        lambda: decode_logits(random_logits(), temperature=0),
        lambda: decode_logits(random_logits(), temperature=1.1),
        lambda: decode_logits(random_logits(), vividness=2),
        lambda: decode_logits(random_logits(), vividness=-1.1),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need|expected"):
        call()
