import numpy as np
import pytest

from autochrome.evaluate.bootstrap import bootstrap, bootstrap_difference


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(5, 2, 400)
    estimate = bootstrap(values, np.ones(400))
    half_width = 1.96 * values.std() / np.sqrt(400)
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - half_width, abs=0.15 * half_width)
    assert estimate.high == pytest.approx(values.mean() + half_width, abs=0.15 * half_width)


def test_it_is_a_ratio_of_sums_not_a_mean_of_ratios():
    assert bootstrap(np.array([1.0, 90.0]), np.array([1.0, 99.0])).value == pytest.approx(0.91)


def test_a_photograph_of_great_weight_widens_the_interval():
    sums = np.linspace(0, 1, 100)
    even = bootstrap(sums, np.ones(100))
    weights = np.where(np.arange(100) == 99, 100.0, 1.0)
    heavy = bootstrap(sums * weights, weights)
    assert heavy.high - heavy.low > 3 * (even.high - even.low)


def test_no_spread_gives_no_width():
    assert bootstrap(np.full(9, 4.0), np.full(9, 2.0)) == (2, 2, 2)


def test_the_absolute_value_is_of_the_ratio():
    differences = np.array([-3.0, 1.0, -1.0, -1.0])
    estimate = bootstrap(differences, np.ones(4), absolute=True)
    assert estimate.value == 1
    assert 0 <= estimate.low <= 1 <= estimate.high <= 3


@pytest.mark.parametrize(
    ("center", "spans_zero"), [(0, True), (0.1, True), (-0.1, True), (2, False), (-2, False)]
)
def test_an_absolute_value_lies_in_its_interval(center, spans_zero):
    differences = np.random.default_rng(3).normal(size=60)
    differences += center - differences.mean()
    signed = bootstrap(differences, np.ones(60))
    assert (signed.low <= 0 <= signed.high) == spans_zero
    value, low, high = bootstrap(differences, np.ones(60), absolute=True)
    assert low <= value == pytest.approx(abs(center), abs=1e-9)
    ends = sorted((abs(signed.low), abs(signed.high)))
    assert [low, high] == ([0, ends[1]] if spans_zero else ends)


def test_it_can_be_repeated():
    values = np.random.default_rng(2).uniform(size=50)
    assert bootstrap(values, np.ones(50)) == bootstrap(values, np.ones(50))


def test_a_paired_difference_is_free_of_what_is_hard_for_both():
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 10, 200)
    ones = np.ones(200)
    value, low, high = bootstrap_difference(hard + 1, ones, hard, ones)
    assert (value, low, high) == pytest.approx((1, 1, 1))
    value, low, high = bootstrap_difference(rng.permutation(hard) + 1, ones, hard, ones)
    assert high - low > 2


def test_a_resample_without_weight_is_left_out():
    sums, weights = np.array([3.0, 0, 0, 0]), np.array([4.0, 0, 0, 0])
    assert bootstrap(sums, weights) == pytest.approx((0.75, 0.75, 0.75))
