import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.errors import UsageError
from autochrome.nn import HeadSettings, build_system

UNIFORM_PRIOR = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)


@pytest.fixture(scope="module")
def system():
    return build_system("zhang2016", HeadSettings(prior=UNIFORM_PRIOR)).eval()


def count_macs(system, side):
    """Multiply-accumulates of all convolutions for one square picture."""
    total = 0

    def add(module, inputs, output):
        nonlocal total
        # A transposed convolution does its work once for each input cell.
        cells = inputs[0] if isinstance(module, torch.nn.ConvTranspose2d) else output
        total += module.weight.numel() * cells.shape[-1] * cells.shape[-2]

    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    hooks = [m.register_forward_hook(add) for m in system.modules() if isinstance(m, kinds)]
    with torch.inference_mode():
        system(torch.zeros(1, 1, side, side))
    for hook in hooks:
        hook.remove()
    return total


def test_published_size(system):
    num_parameters = sum(p.numel() for p in system.parameters())
    assert num_parameters / 1e6 == pytest.approx(32.24, abs=0.005)


def test_published_work(system):
    assert count_macs(system, 256) / 1e9 == pytest.approx(41.8, abs=0.05)


def test_flagship_is_ten_times_lighter(system):
    flagship = build_system("lumiere", HeadSettings(prior=UNIFORM_PRIOR)).eval()
    assert count_macs(flagship, 256) < count_macs(system, 256) / 10


def test_answers_a_distribution_for_each_cell(system):
    with torch.inference_mode():
        assert system(torch.zeros(1, 1, 224, 224)).shape == (1, 313, 56, 56)


def test_batch_norm_closes_the_first_seven_blocks(system):
    backbone = system.backbone
    for i in range(1, 8):
        block = getattr(backbone, f"conv{i}")
        assert isinstance(block[-1], torch.nn.BatchNorm2d)
        assert sum(isinstance(m, torch.nn.BatchNorm2d) for m in block) == 1
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in backbone.conv8)


def test_unknown_system_names_the_known_ones():
    with pytest.raises(UsageError, match="zhang2016"):
        build_system("zhang2015", HeadSettings(prior=UNIFORM_PRIOR))
