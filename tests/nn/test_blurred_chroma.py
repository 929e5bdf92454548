import cv2
import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from autochrome.color import ab_gamut
from autochrome.nn.heads.blurred_chroma import blurred_chroma, blurred_distance
from autochrome.nn.system import HeadSettings, Target

PRIOR = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)
LAB = torch.from_numpy(rgb2lab(np.random.default_rng(0).random((6, 8, 3)))).float()
TARGET = Target(LAB.permute(2, 0, 1)[None], torch.full((1,), -1))


def test_one_wrong_cell_by_hand():
    """The squared sums of the kernels are 1, (3/8)^2 and (35/128)^2."""
    output = torch.zeros(1, 2, 9, 9)
    output[0, 0, 4, 4] = 1
    expected = 0.5 * (1 + (3 / 8) ** 2 + (35 / 128) ** 2) / 3 / 81
    assert float(blurred_distance(output, torch.zeros_like(output))) == pytest.approx(expected)


def test_loss_is_that_of_opencv_blurs():
    """Away from the edges, which OpenCV's 5x5 kernel repeats otherwise."""
    difference = np.zeros((12, 14, 2))
    difference[3:-3, 3:-3] = np.random.default_rng(1).normal(size=(6, 8, 2))
    blurred = [difference, *(cv2.GaussianBlur(difference, (k, k), 0) for k in (3, 5))]
    expected = np.mean([0.5 * (picture**2).sum(-1).mean() for picture in blurred])
    output = torch.from_numpy(difference).permute(2, 0, 1)[None]
    assert float(blurred_distance(output, torch.zeros_like(output))) == pytest.approx(expected)


def test_a_color_out_of_place_is_forgiven():
    """It is wrong in two cells, and plain L2 would count it as that."""
    truth = torch.zeros(1, 2, 9, 9)
    truth[0, 0, 4, 4] = 1
    beside = truth.roll(1, 3)
    one_wrong_cell = blurred_distance(torch.zeros_like(truth), truth)
    assert blurred_distance(beside, truth) < 1.9 * one_wrong_cell


def test_the_true_color_has_no_loss_and_decodes_to_itself():
    head = blurred_chroma(8, HeadSettings(prior=PRIOR))
    output = head.space.encode(TARGET.lab) / head.space.scale
    assert float(head.loss(output, TARGET)) == float(head.loss_floor(TARGET)) == 0
    found = head.decode(output, TARGET.lab[:, :1])
    torch.testing.assert_close(found, TARGET.lab[:, 1:], atol=0.3, rtol=0)
