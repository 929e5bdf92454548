import numpy as np
import torch

from autochrome.color import linear_rgb_to_lab, rgb_to_lab, srgb_to_linear
from autochrome.data.augmentation import luminance
from autochrome.data.color import (
    linear_to_ab,
    luminance_to_lightness,
    target_ab,
    uint8_to_linear,
)

RGB = np.random.default_rng(0).integers(0, 256, (2, 3, 16, 24), np.uint8)
LINEAR = uint8_to_linear(torch.from_numpy(RGB))


def test_linear_light_equals_numpy():
    np.testing.assert_allclose(LINEAR, srgb_to_linear(RGB / 255), atol=1e-6)


def test_lab_equals_numpy():
    lab = rgb_to_lab(RGB.transpose(0, 2, 3, 1) / 255).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(luminance_to_lightness(luminance(LINEAR)), lab[:, :1], atol=1e-3)
    np.testing.assert_allclose(linear_to_ab(LINEAR), lab[:, 1:], atol=1e-2)


def test_black_is_black():
    black = torch.zeros(1, 3, 4, 4)
    assert luminance_to_lightness(luminance(black)).abs().max() < 1e-4
    assert linear_to_ab(black).abs().max() < 1e-4


def test_target_is_the_color_of_the_cells_light():
    cells = LINEAR.double().numpy().reshape(2, 3, 4, 4, 6, 4).mean(axis=(3, 5))
    expected = linear_rgb_to_lab(cells.transpose(0, 2, 3, 1))[..., 1:].transpose(0, 3, 1, 2)
    np.testing.assert_allclose(target_ab(LINEAR), expected, atol=1e-2)
