import numpy as np
import pytest

from autochrome.evaluate.bootstrap import bootstrap


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


def test_it_can_be_repeated():
    values = np.random.default_rng(2).uniform(size=50)
    assert bootstrap(values, np.ones(50)) == bootstrap(values, np.ones(50))
