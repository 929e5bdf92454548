import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.color import (
    ab_gamut,
    class_rebalancing_weights,
    empirical_prior,
    smooth_prior,
)

NUM_BINS = ab_gamut().num_bins
random_prior = st.integers(0, 1000).map(
    lambda seed: np.random.default_rng(seed).dirichlet(np.full(NUM_BINS, 0.1))
)


def test_counts_nearest_bins():
    centers = ab_gamut().centers
    prior = empirical_prior(np.stack([centers[3], centers[3], centers[8], centers[3] + 2]))
    assert prior[3] == 0.75
    assert prior[8] == 0.25


def test_no_color_is_refused():
    with pytest.raises(ValueError, match="no colors"):
        empirical_prior(np.empty((0, 2)))


@given(random_prior)
def test_smoothing_keeps_the_mass(prior):
    assert smooth_prior(prior).sum() == pytest.approx(1)


def test_smoothing_spreads_to_neighbors_as_a_gaussian():
    center = np.flatnonzero((ab_gamut().centers == 0).all(1))[0]
    smooth = smooth_prior(np.eye(NUM_BINS)[center])
    neighbor = np.flatnonzero((ab_gamut().centers == (10, 0)).all(1))[0]
    assert smooth.argmax() == center
    assert smooth[neighbor] / smooth[center] == pytest.approx(np.exp(-2))


@given(random_prior, st.floats(0.01, 1))
def test_expected_weight_is_one(prior, uniform_mixing):
    weights = class_rebalancing_weights(prior, uniform_mixing)
    assert (prior * weights).sum() == pytest.approx(1)
    order = np.argsort(prior)
    assert (np.diff(weights[order]) <= 1e-9).all()


def test_limits_of_uniform_mixing():
    prior = np.random.default_rng(0).dirichlet(np.full(NUM_BINS, 5.0))
    np.testing.assert_allclose(class_rebalancing_weights(prior, 1), 1)
    np.testing.assert_allclose(class_rebalancing_weights(prior, 0), 1 / (NUM_BINS * prior))


def test_bad_mixing_is_refused():
    prior = np.eye(NUM_BINS)[0]
    with pytest.raises(ValueError, match="uniform_mixing"):
        class_rebalancing_weights(prior, 1.5)
    with pytest.raises(ValueError, match="uniform_mixing"):
        class_rebalancing_weights(prior, 0)
