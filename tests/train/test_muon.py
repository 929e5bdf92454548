import numpy as np
import pytest
import torch
from torch import nn

from autochrome.color import ab_gamut
from autochrome.nn import HeadSettings, build_system
from autochrome.train.muon import Muon, orthogonalize
from autochrome.train.optimizers import build_optimizers
from autochrome.train.recipes import load_recipe

NEAR_ONE = (0.6, 1.4)  # where the iteration leaves singular values


@pytest.mark.parametrize("shape", [(2, 12, 40), (2, 40, 12), (1, 16, 16)])
def test_orthogonalize_keeps_directions_and_levels_their_lengths(shape):
    """The oracle is the singular value decomposition: U S V to about U V."""
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    levelled = u.mT @ orthogonalize(matrices) @ v.mT
    lengths = levelled.diagonal(dim1=1, dim2=2)
    # Singular values a hundred times smaller than the largest are not reached in five steps.
    assert lengths[:, :-2].min() > NEAR_ONE[0]
    assert lengths.max() < NEAR_ONE[1]
    torch.testing.assert_close(levelled, torch.diag_embed(lengths), atol=1e-4, rtol=0)


def test_two_steps_by_hand():
    """Nesterov: the direction is what the average would be after the same gradient again."""
    matrix = nn.Parameter(torch.zeros(3, 5))
    optimizer = Muon([matrix], lr=0.1, momentum=0.9)
    first, second = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1))
    average = torch.zeros(3, 5)
    expected = torch.zeros(3, 5)
    for gradient in (first, second):
        matrix.grad = gradient.clone()
        optimizer.step()
        average = 0.9 * average + 0.1 * gradient
        direction = 0.9 * average + 0.1 * gradient
        expected -= 0.1 * 0.2 * 5**0.5 * orthogonalize(direction[None])[0]
        torch.testing.assert_close(matrix.detach(), expected)


def test_step_is_as_large_as_adamws():
    torch.manual_seed(0)
    kernel = nn.Parameter(torch.randn(64, 32, 3, 3))
    before = kernel.detach().clone()
    optimizer = Muon([kernel], lr=0.01)
    kernel.grad = torch.randn_like(kernel)
    optimizer.step()
    root_mean_square = (kernel.detach() - before).square().mean().sqrt()
    assert 0.1 * 0.01 < root_mean_square < 0.3 * 0.01


def test_weight_decay_alone_shrinks():
    matrix = nn.Parameter(torch.ones(4, 4))
    matrix.grad = torch.zeros(4, 4)
    Muon([matrix], lr=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(matrix.detach(), torch.full((4, 4), 0.95))


def test_every_parameter_has_one_optimizer(uniform_settings):
    system = build_system("lumiere", uniform_settings)
    optimizers = build_optimizers(system, load_recipe("lumiere"))
    owned = [id(p) for o in optimizers for group in o.param_groups for p in group["params"]]
    assert sorted(owned) == sorted(id(p) for p in system.parameters())
    by_muon = {id(p) for p in optimizers[1].param_groups[0]["params"]}
    assert id(system.head.projection.weight) not in by_muon
    assert id(system.backbone.stem[0][0].weight) not in by_muon
    assert id(system.backbone.down16[0][0].weight) in by_muon


@pytest.fixture
def uniform_settings():
    count = ab_gamut().num_bins
    return HeadSettings(prior=np.full(count, 1 / count))
