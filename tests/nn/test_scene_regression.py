import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.nn import build_system
from autochrome.nn.backbones.iizuka2016 import GLOBAL_CHANNELS
from autochrome.nn.heads.scene_regression import ColorAndScene, SceneRegression
from autochrome.nn.system import HeadSettings, Target

SETTINGS = HeadSettings(
    prior=np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.1)), num_classes=4
)
LAB = torch.tensor([60.0, 22.0, -11.0]).view(1, 3, 1, 1).repeat(3, 1, 4, 5)
GRAY = torch.zeros(3, 2, 4, 5)
GRAY_LOSS = (22**2 + 11**2) / 220**2
"""Of an answer of gray to `LAB`; the sigmoid's range is 220 wide."""


@pytest.fixture(scope="module")
def head():
    return SceneRegression(8, SETTINGS)


def target(*labels):
    return Target(LAB, torch.tensor(labels))


def test_loss_by_hand(head):
    """Equal scores cost log 4 a photograph; the paper's alpha is 1/300."""
    output = ColorAndScene(GRAY, torch.zeros(3, 4))
    expected = GRAY_LOSS + math.log(4) / 300
    assert float(head.loss(output, target(0, 3, 1))) == pytest.approx(expected)


def test_photographs_without_a_label_count_only_for_color(head):
    scores = torch.tensor([[0.0, 0, 0, 0], [9, 0, -9, 0], [7, 0, 0, 0]])
    output = ColorAndScene(GRAY, scores)
    expected = GRAY_LOSS + math.log(4) / 300
    assert float(head.loss(output, target(2, -1, -1))) == pytest.approx(expected)
    assert float(head.loss(output, target(-1, -1, -1))) == pytest.approx(GRAY_LOSS)


def test_without_classes_there_is_no_classifier():
    head = SceneRegression(8, replace(SETTINGS, num_classes=0)).train()
    assert head.classifier is None
    output = head((torch.rand(3, 8, 4, 5), torch.rand(3, GLOBAL_CHANNELS)))
    assert output.shape == (3, 2, 4, 5)
    assert float(head.loss(GRAY, target(-1, -1, -1))) == pytest.approx(GRAY_LOSS)


def test_the_perfect_answer_costs_the_floor_and_decodes_to_the_color(head):
    color = torch.logit((LAB[:, 1:] / 110 + 1) / 2)
    scores = 100 * torch.eye(4)[:3]
    truth = target(0, 1, 2)
    loss = head.loss(ColorAndScene(color, scores), truth)
    assert float(loss) == pytest.approx(float(head.loss_floor(truth)), abs=1e-9)
    torch.testing.assert_close(head.decode(color, LAB[:, :1]), LAB[:, 1:], atol=1e-3, rtol=0)


@pytest.mark.parametrize(("value", "expected"), [(-50, -110), (0, 0), (50, 110)])
def test_range_of_the_sigmoid(head, value, expected):
    ab = head.decode(GRAY + value, LAB[:, :1])
    torch.testing.assert_close(ab, GRAY + expected, atol=1e-4, rtol=0)


def test_starts_at_the_mean_color(head):
    start = head.decode(head.projection.bias.detach().view(1, 2, 1, 1), LAB[:1, :1, :1, :1])
    np.testing.assert_allclose(start.flatten(), SETTINGS.prior @ ab_gamut().centers, atol=1e-3)


def test_scores_are_given_only_while_training():
    system = build_system("iizuka2016", SETTINGS, width=0.125)
    lightness = torch.rand(2, 1, 16, 16) * 100
    color, scores = system.train()(lightness)
    assert (color.shape, scores.shape) == ((2, 2, 4, 4), (2, 4))
    assert system.eval()(lightness).shape == (2, 2, 4, 4)


def test_every_weight_has_a_gradient_without_any_label():
    """Else processes that train together would wait for it for ever."""
    system = build_system("iizuka2016", SETTINGS, width=0.125).train()
    truth = Target(LAB[:2, :, :4, :4], torch.full((2,), -1))
    system.head.loss(system(torch.rand(2, 1, 16, 16) * 100), truth).backward()
    assert all(parameter.grad is not None for parameter in system.parameters())
    assert all(not parameter.grad.any() for parameter in system.head.classifier.parameters())
