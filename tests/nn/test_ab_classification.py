import numpy as np
import pytest
import torch

from autochrome.color import (
    ab_gamut,
    class_rebalancing_weights,
    decode_logits,
    soft_encoding,
    soft_encoding_table,
)
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.nn.system import HeadSettings, Target

NUM_BINS = ab_gamut().num_bins
PRIOR = np.random.default_rng(0).dirichlet(np.full(NUM_BINS, 0.5))
LIGHTNESS = torch.full((2, 1, 5, 6), 50.0)


def truth(ab):
    return Target(torch.cat([LIGHTNESS, ab], 1), torch.full((2,), -1))


@pytest.fixture
def head():
    torch.manual_seed(0)
    return AbClassification(8, HeadSettings(prior=PRIOR))


@pytest.fixture
def ab():
    return torch.rand(2, 2, 5, 6, generator=torch.Generator().manual_seed(1)) * 160 - 80


@pytest.fixture
def logits():
    return torch.randn(2, NUM_BINS, 5, 6, generator=torch.Generator().manual_seed(2)) * 3


def test_target_is_the_soft_encoding(head, ab):
    target = head.encode_target(ab)
    expected = soft_encoding_table()(ab.permute(0, 2, 3, 1).numpy())
    np.testing.assert_array_equal(target.bins, expected.bins)
    np.testing.assert_allclose(target.weights, expected.weights, rtol=1e-6)


@pytest.mark.parametrize(("temperature", "vividness"), [(0.38, 0.0), (1.0, 0.7), (0.2, -0.5)])
def test_decode_is_the_numpy_decoder(head, logits, temperature, vividness):
    expected = decode_logits(logits.permute(0, 2, 3, 1).numpy(), None, temperature, vividness)
    actual = head.decode(logits, LIGHTNESS, temperature, vividness).permute(0, 2, 3, 1)
    np.testing.assert_allclose(actual, expected, atol=2e-3)


def test_loss_by_hand(head, logits, ab):
    """Equations 2 and 3 of the paper, cell by cell, with dense targets."""
    encoded = soft_encoding_table()(ab.permute(0, 2, 3, 1).numpy())
    dense = np.zeros((2, 5, 6, NUM_BINS))
    np.put_along_axis(dense, encoded.bins, encoded.weights, axis=-1)
    scores = logits.permute(0, 2, 3, 1).double().numpy()
    log_probabilities = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    weights = class_rebalancing_weights(PRIOR)[encoded.bins[..., 0]]
    expected = (weights * -(dense * log_probabilities).sum(-1)).mean()
    assert float(head.loss(logits, truth(ab))) == pytest.approx(expected, rel=1e-5)


def test_floor_is_the_loss_of_the_perfect_answer(head, ab):
    target = head.encode_target(ab)
    perfect = torch.full((2, 5, 6, NUM_BINS), -40.0)
    perfect.scatter_(-1, target.bins, target.weights.clamp(min=1e-17).log())
    perfect = perfect.permute(0, 3, 1, 2)
    assert float(head.loss(perfect, truth(ab))) == pytest.approx(
        float(head.loss_floor(truth(ab))), rel=1e-4
    )


def test_floor_is_below_any_other_loss(head, logits, ab):
    assert head.loss_floor(truth(ab)) < head.loss(logits, truth(ab))


def test_starts_from_the_best_answer_without_looking(head):
    """The bias alone is the distribution that minimizes the rebalanced loss under the prior."""
    weights = class_rebalancing_weights(PRIOR)
    answer = head.projection.bias.detach().double().softmax(0).numpy()
    np.testing.assert_allclose(answer, np.maximum(PRIOR * weights, 1e-6), rtol=1e-2, atol=1e-6)


def test_without_rebalancing_all_cells_weigh_alike(ab, logits):
    head = AbClassification(8, HeadSettings(prior=PRIOR, uniform_mixing=1.0))
    plain = head.cross_entropy(logits, head.encode_target(ab)).mean()
    assert float(head.loss(logits, truth(ab))) == pytest.approx(float(plain), rel=1e-5)


@pytest.mark.parametrize("num_neighbors", [1, 3])
def test_fewer_neighbors_are_the_soft_encoding_of_as_many(ab, num_neighbors):
    head = AbClassification(8, HeadSettings(prior=PRIOR, num_neighbors=num_neighbors))
    rounded = ab.permute(0, 2, 3, 1).round().numpy()
    expected = soft_encoding(rounded, num_neighbors=num_neighbors)
    target = head.encode_target(ab)
    np.testing.assert_array_equal(target.bins, expected.bins)
    np.testing.assert_allclose(target.weights, expected.weights, rtol=1e-5)
