import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.nn import HeadSettings, build_system


@pytest.fixture(scope="module")
def system():
    torch.manual_seed(0)
    prior = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)
    return build_system("lumiere", HeadSettings(prior=prior)).eval()


@pytest.mark.parametrize("size", [(16, 16), (32, 80), (112, 48)])
def test_one_answer_for_each_cell(system, size):
    with torch.inference_mode():
        logits = system(torch.rand(2, 1, *size) * 100)
    assert logits.shape == (2, ab_gamut().num_bins, size[0] // 4, size[1] // 4)
    assert logits.isfinite().all()


def test_context_reaches_every_cell():
    """Once the context is trained, a far corner changes the answer; before, it cannot."""
    from autochrome.nn.backbones.lumiere import _GlobalContext

    context = _GlobalContext(8).eval()
    x = torch.rand(1, 8, 6, 6)
    other = x.clone()
    other[..., -1, -1] += 5
    torch.testing.assert_close(context(x), x)
    torch.nn.init.normal_(context.shift.weight)
    assert not torch.allclose(context(x)[..., 0, 0], context(other)[..., 0, 0])


def test_every_parameter_learns(system):
    system = system.train()
    # Zero-initialized gates block their branch's gradient at the very first step.
    for module in system.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.Linear):
            torch.nn.init.normal_(module.weight)
    system(torch.rand(2, 1, 32, 32) * 100).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in system.parameters())


def test_without_residual_connections_as_many_weights():
    settings = HeadSettings(prior=np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins))
    shapes = [
        {name: value.shape for name, value in build_system(name, settings).state_dict().items()}
        for name in ("lumiere", "lumiere_plain")
    ]
    assert shapes[0] == shapes[1]
