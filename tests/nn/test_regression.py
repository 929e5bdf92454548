import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.nn.heads.regression import ab_regression, rgb_regression, yuv_regression
from autochrome.nn.system import HeadSettings, Target

SETTINGS = HeadSettings(prior=np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.1)))
LAB = torch.tensor([60.0, 20.0, -10.0]).view(1, 3, 1, 1).repeat(2, 1, 4, 5)
TARGET = Target(LAB, torch.full((2,), -1))


def test_loss_by_hand():
    """Equation 1 of the paper, in units of 110."""
    output = torch.zeros(2, 2, 4, 5)
    expected = 0.5 * (20**2 + 10**2) / 110**2
    assert float(ab_regression(8, SETTINGS).loss(output, TARGET)) == pytest.approx(expected)


@pytest.mark.parametrize("make", [ab_regression, yuv_regression, rgb_regression])
def test_the_true_color_has_no_loss_and_decodes_to_itself(make):
    head = make(8, SETTINGS)
    output = head.space.encode(LAB) / head.space.scale
    assert float(head.loss(output, TARGET)) == pytest.approx(float(head.loss_floor(TARGET)))
    torch.testing.assert_close(head.decode(output, LAB[:, :1]), LAB[:, 1:], atol=0.05, rtol=0)


def test_starts_at_the_mean_color():
    head = ab_regression(8, SETTINGS)
    start = head.decode(head.projection.bias.detach().view(1, 2, 1, 1), LAB[:1, :1, :1, :1])
    np.testing.assert_allclose(start.flatten(), SETTINGS.prior @ ab_gamut().centers, atol=1e-3)
