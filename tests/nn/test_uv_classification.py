import numpy as np
import pytest
import torch
from skimage.color import rgb2lab, rgb2luv

from autochrome.color import ab_gamut
from autochrome.nn.heads.uv_classification import NUM_BINS, UvClassification, uv_range
from autochrome.nn.spaces import lab_to_luv
from autochrome.nn.system import HeadSettings, Target

PRIOR = np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.1))
RGB_PICTURE = np.random.default_rng(1).random((12, 20, 3))
LAB = torch.from_numpy(rgb2lab(RGB_PICTURE)).float().permute(2, 0, 1)[None]
TARGET = Target(LAB, torch.full((1,), -1))


@pytest.fixture
def head():
    torch.manual_seed(0)
    return UvClassification(8, HeadSettings(prior=PRIOR))


def perfect(head):
    """Logits that are sure of the right bins."""
    bins = torch.nn.functional.one_hot(head.encode_target(LAB), NUM_BINS)
    return 40.0 * bins.permute(0, 1, 4, 2, 3).flatten(1, 2)


def test_bins_span_the_srgb_cube():
    ramp = np.linspace(0, 1, 33)
    cube = np.stack(np.meshgrid(ramp, ramp, ramp), -1).reshape(-1, 1, 3)
    uv = rgb2luv(cube)[:, 0, 1:]
    np.testing.assert_allclose(uv_range(), [uv.min(0), uv.max(0)], atol=0.3)


def test_bins_are_those_of_a_histogram(head):
    """Those numpy counts in, but for values within rounding of an edge."""
    uv = rgb2luv(RGB_PICTURE)[..., 1:]
    for axis, bins in enumerate(head.encode_target(LAB)[0].numpy()):
        least, greatest = uv_range()[:, axis].tolist()
        edges = np.linspace(least, greatest, NUM_BINS + 1)
        off = bins != np.digitize(uv[..., axis], edges) - 1
        assert off.mean() < 0.1
        assert np.abs(uv[off, axis, None] - edges).min(-1).max(initial=0) < 0.3


def test_loss_by_hand(head):
    """The cross-entropies of the two axes, added, cell by cell."""
    logits = torch.randn(1, 2 * NUM_BINS, 12, 20, generator=torch.Generator().manual_seed(2))
    bins = head.encode_target(LAB)[0].numpy()
    expected = 0.0
    for axis in range(2):
        scores = logits[0, axis * NUM_BINS : (axis + 1) * NUM_BINS].double().numpy()
        chosen = np.take_along_axis(scores, bins[axis][None], axis=0)[0]
        expected += (np.log(np.exp(scores).sum(0)) - chosen).mean()
    assert float(head.loss(logits, TARGET)) == pytest.approx(expected, rel=1e-5)


def test_floor_is_the_loss_of_the_perfect_answer(head):
    assert float(head.loss(perfect(head), TARGET)) == pytest.approx(
        float(head.loss_floor(TARGET)), abs=1e-6
    )


def test_the_perfect_answer_decodes_to_the_color_within_a_bin(head):
    ab = head.decode(perfect(head), LAB[:, :1])
    luv = rgb2luv(RGB_PICTURE)[..., 1:].transpose(2, 0, 1)
    found = lab_to_luv(torch.cat([LAB[:, :1], ab], 1))[0].numpy()
    half_bin = head.step.numpy() / 2
    reachable = LAB[0, 0].numpy() > 20  # a dark cell's bin reaches beyond all colors
    assert (np.abs(found - luv) < half_bin + 0.3)[:, reachable].all()


def test_decodes_the_annealed_mean(head):
    """Two bins at odds 3 : 1 are 3^(1/0.38) : 1 once annealed."""
    logits = torch.full((2, NUM_BINS), -40.0)
    logits[:, 20], logits[:, 30] = np.log(3.0), 0.0
    odds = 3 ** (1 / 0.38)
    position = (odds * 20.5 + 30.5) / (odds + 1)
    least, greatest = uv_range().double().numpy()
    expected = least + (greatest - least) * position / NUM_BINS
    lightness = torch.full((1, 1, 1, 1), 60.0)
    ab = head.decode(logits.view(1, -1, 1, 1), lightness)
    found = lab_to_luv(torch.cat([lightness, ab], 1)).flatten()
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_starts_at_the_distribution_of_the_prior(head):
    """A prior of one color gives its bins most of the probability."""
    one = np.zeros(ab_gamut().num_bins)
    one[(ab_gamut().centers == (20, 10)).all(1)] = 1
    head = UvClassification(8, HeadSettings(prior=one))
    bins = head.encode_target(torch.tensor([50.0, 20.0, 10.0]).view(1, 3, 1, 1)).flatten()
    start = head.projection.bias.detach().view(2, NUM_BINS).softmax(1)
    assert start.argmax(1).tolist() == bins.tolist()
    assert start.amax(1).tolist() == pytest.approx([0.9 + 0.1 / NUM_BINS] * 2)
