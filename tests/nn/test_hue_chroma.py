import math

import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.nn.heads.hue_chroma import (
    CHROMA_STEP,
    FADING,
    HUE_STEP,
    MAX_CHROMA,
    NUM_BINS,
    HueChroma,
    encode,
    median_chroma,
)
from autochrome.nn.system import HeadSettings, Target
from autochrome.tensor_color import linear_to_lab

SETTINGS = HeadSettings(prior=np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.1)))


@pytest.fixture(scope="module")
def head():
    return HueChroma(8, SETTINGS)


def target_of(*colors):
    """One cell for each ab."""
    lab = torch.tensor([(50.0, *color) for color in colors]).T.reshape(1, 3, 1, -1)
    return Target(lab, torch.tensor([-1]))


def perfect(target):
    """Logits of the target's own histograms."""
    encoded = encode(target.lab[:, 1:])
    logits = []
    for histogram in (encoded.chroma, encoded.hue):
        shares = torch.zeros(1, NUM_BINS, *histogram.bins.shape[2:])
        logits.append(shares.scatter_add(1, histogram.bins, histogram.shares).log())
    return torch.cat(logits, 1).clamp(min=-100)


def one_hot(chroma_bin, hue_bin):
    logits = torch.full((1, 2 * NUM_BINS, 1, 1), -100.0)
    logits[0, chroma_bin] = logits[0, NUM_BINS + hue_bin] = 0
    return logits


COLORS = target_of((0, 0), (20, 1), (-33, 40), (-5, -60), (70, -90), (79.2, -107.8), (90, 70))


def test_the_largest_chroma_is_that_of_srgb():
    corners = torch.tensor([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)]).float()
    largest = linear_to_lab(corners[:, :, None, None])[:, 1:].norm(dim=1).max()
    assert MAX_CHROMA - 1 < largest < MAX_CHROMA


def test_loss_by_hand(head):
    """Uniform logits cost log K for chroma, and for hue lambda_H times relative chroma as much."""
    output = torch.zeros(1, 2 * NUM_BINS, 1, 2)
    expected = math.log(NUM_BINS) * (1 + 5 * (0 + 50 / MAX_CHROMA) / 2)
    assert float(head.loss(output, target_of((0, 0), (30, -40)))) == pytest.approx(expected)


def test_the_floor_is_the_loss_of_the_perfect_answer(head):
    floor = head.loss_floor(COLORS)
    assert floor > 0.1
    torch.testing.assert_close(head.loss(perfect(COLORS), COLORS), floor)
    worse = perfect(COLORS) + 0.1 * torch.randn(perfect(COLORS).shape)
    assert head.loss(worse, COLORS) > floor


def test_the_perfect_answer_decodes_to_the_color(head):
    ab = head.decode(perfect(COLORS), COLORS.lab[:, :1])
    chroma = COLORS.lab[:, 1:].norm(dim=1)
    # The two-bin median is off by up to a tenth of a step; the circular mean by less.
    torch.testing.assert_close(ab.norm(dim=1), chroma, atol=0.1 * CHROMA_STEP, rtol=0)
    turned = torch.atan2(*ab.flip(1).unbind(1)) - torch.atan2(*COLORS.lab[:, 1:].flip(1).unbind(1))
    assert turned[chroma > 0].abs().max() < 0.05 * HUE_STEP


@pytest.mark.parametrize("hue_bin", [0, 7, NUM_BINS - 1])
@pytest.mark.parametrize("chroma_bin", [0, 9, NUM_BINS - 1])
def test_one_bin_decodes_to_its_color(head, chroma_bin, hue_bin):
    a, b = head.decode(one_hot(chroma_bin, hue_bin), torch.full((1, 1, 1, 1), 50.0)).flatten()
    chroma, hue = CHROMA_STEP * chroma_bin, HUE_STEP * hue_bin
    expected = chroma * math.cos(hue), chroma * math.sin(hue)
    assert (float(a), float(b)) == pytest.approx(expected, abs=1e-3)


def test_hue_is_circular():
    """Just below red lies between the last bin and the first."""
    angle = -0.25 * HUE_STEP
    hue = encode(torch.tensor([math.cos(angle), math.sin(angle)]).view(1, 2, 1, 1)).hue
    assert hue.bins.flatten().tolist() == [NUM_BINS - 1, 0]
    assert hue.shares.flatten().tolist() == pytest.approx([0.25, 0.75], abs=1e-4)


def test_median_is_not_the_mean():
    distribution = torch.zeros(1, NUM_BINS, 1, 1)
    distribution[0, [2, 30], 0, 0] = torch.tensor([0.8, 0.2])
    # Bin 2 reaches from 1.5 to 2.5 steps; half of all lies 5/8 into it.
    expected = (1.5 + 0.5 / 0.8) * CHROMA_STEP
    assert median_chroma(distribution).item() == pytest.approx(expected)


@pytest.mark.parametrize("agreement", [0.0, FADING / 3, FADING, 0.5])
def test_color_fades_where_hues_disagree(head, agreement):
    """Two opposite hues, one likelier by `agreement`, which is |z|."""
    output = one_hot(10, 0)
    hue = torch.zeros(NUM_BINS)
    hue[0], hue[NUM_BINS // 2] = (1 + agreement) / 2, (1 - agreement) / 2
    output[0, NUM_BINS:, 0, 0] = hue.log().clamp(min=-100)
    a, b = head.decode(output, torch.full((1, 1, 1, 1), 50.0)).flatten().tolist()
    assert a == pytest.approx(10 * CHROMA_STEP * min(agreement / 0.03, 1), abs=1e-3)
    assert b == pytest.approx(0, abs=1e-3)


def test_starts_at_the_best_blind_answer(head):
    """No other answer that ignores the picture costs less on colors drawn by the prior."""
    index = np.random.default_rng(1).choice(ab_gamut().num_bins, 20_000, p=SETTINGS.prior)
    ab = torch.tensor(ab_gamut().centers[index]).float().T.reshape(1, 2, 1, -1)
    target = Target(torch.cat([torch.zeros_like(ab[:, :1]), ab], 1), torch.tensor([-1]))
    logits = head.projection.bias.detach().view(1, -1, 1, 1).expand(-1, -1, 1, len(index))
    logits = logits.clone().requires_grad_()
    head.loss(logits, target).backward()
    assert logits.grad.sum(-1).abs().max() < 0.01
