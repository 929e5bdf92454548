import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autochrome.color import ab_gamut, soft_encoding_table
from autochrome.metrics import auc, auc_sums, class_probabilities


def random_pair(seed, num_pixels=400):
    rng = np.random.default_rng(seed)
    true = rng.uniform(-80, 80, (num_pixels, 2))
    return true + rng.normal(0, 40, true.shape), true


def auc_by_definition(predicted, true, weights):
    error = np.sqrt(((predicted - true) ** 2).sum(axis=-1))
    curve = [(weights * (error <= t)).sum() / weights.sum() for t in range(151)]
    return 100 * np.mean(curve)


def test_no_error_is_the_whole_area():
    _, true = random_pair(0)
    assert auc(true, true) == 100
    assert auc(true, true, class_probabilities()) == pytest.approx(100)


@pytest.mark.parametrize(
    ("error", "thresholds_met"), [(0, 151), (0.5, 150), (1, 150), (1.01, 149), (150, 1), (151, 0)]
)
def test_a_known_error(error, thresholds_met):
    # (3, 4, 5) keeps the distance exact and both channels in play.
    predicted = np.array([[0.6 * error, 0.8 * error]])
    assert auc(predicted, np.zeros((1, 2))) == pytest.approx(100 * thresholds_met / 151)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_definition(seed):
    predicted, true = random_pair(seed)
    assert auc(predicted, true) == pytest.approx(
        auc_by_definition(predicted, true, np.ones(len(true)))
    )
    weights = 1 / class_probabilities()[soft_encoding_table()(true).bins[:, 0]]
    assert auc(predicted, true, class_probabilities()) == pytest.approx(
        auc_by_definition(predicted, true, weights)
    )


def test_uniform_probabilities_rebalance_nothing():
    predicted, true = random_pair(1)
    num_bins = ab_gamut().num_bins
    assert auc(predicted, true, np.full(num_bins, 1 / num_bins)) == pytest.approx(
        auc(predicted, true)
    )


def test_weights_follow_the_true_color():
    grey, red = [0.0, 0.0], [60.0, 50.0]
    probabilities = class_probabilities()
    nearest = soft_encoding_table()([grey, red]).bins[:, 0]
    weights = 1 / probabilities[nearest]
    assert weights[1] > 10 * weights[0]
    # One pixel of each, all called grey: only the red one is wrong, by sqrt(6100) = 78.1.
    expected = 100 * (weights[0] + weights[1] * (151 - 79) / 151) / weights.sum()
    assert auc([grey, grey], [grey, red], probabilities) == pytest.approx(expected)


@settings(deadline=None)  # the first call makes a table
@given(st.integers(1, 399), st.booleans())
def test_sums_of_parts_make_the_whole(cut, rebalanced):
    predicted, true = random_pair(2)
    probabilities = class_probabilities() if rebalanced else None
    parts = [
        auc_sums(predicted[:cut], true[:cut], probabilities),
        auc_sums(predicted[cut:], true[cut:], probabilities),
    ]
    hits, weight = np.sum(parts, axis=0)
    assert 100 * hits / weight == pytest.approx(auc(predicted, true, probabilities))


def test_faults_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        auc_sums(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="shapes"):
        auc_sums(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(ValueError, match="finite"):
        auc_sums([[np.nan, 0.0]], [[0.0, 0.0]])
    with pytest.raises(ValueError, match="positive"):
        auc_sums([[0.0, 0.0]], [[0.0, 0.0]], np.zeros(ab_gamut().num_bins))
