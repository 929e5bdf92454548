import numpy as np
import torch

from autochrome import tensor_color
from autochrome.color import linear_rgb_to_lab, rgb_to_lab, srgb_to_linear
from autochrome.tensor_color import (
    lab_to_linear,
    lightness_to_luminance,
    linear_to_lab,
    linear_to_srgb,
    luminance,
    luminance_to_lightness,
    target_lab,
    uint8_to_linear,
)
from autochrome.tensor_color import (
    srgb_to_linear as tensor_srgb_to_linear,
)

RGB = np.random.default_rng(0).integers(0, 256, (2, 3, 16, 24), np.uint8)
LINEAR = uint8_to_linear(torch.from_numpy(RGB))


def test_linear_light_equals_numpy():
    np.testing.assert_allclose(LINEAR, srgb_to_linear(RGB / 255), atol=1e-6)


def test_lab_equals_numpy():
    lab = rgb_to_lab(RGB.transpose(0, 2, 3, 1) / 255).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(luminance_to_lightness(luminance(LINEAR)), lab[:, :1], atol=1e-3)
    np.testing.assert_allclose(linear_to_lab(LINEAR), lab, atol=1e-2)


def test_black_is_black():
    black = torch.zeros(1, 3, 4, 4)
    assert luminance_to_lightness(luminance(black)).abs().max() < 1e-4
    assert linear_to_lab(black).abs().max() < 1e-4


def test_target_is_the_color_of_the_cells_light():
    cells = LINEAR.double().numpy().reshape(2, 3, 4, 4, 6, 4).mean(axis=(3, 5))
    expected = linear_rgb_to_lab(cells.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(target_lab(LINEAR), expected, atol=1e-2)


def test_inverses():
    torch.testing.assert_close(lab_to_linear(linear_to_lab(LINEAR)), LINEAR, atol=1e-5, rtol=1e-4)
    rgb = torch.from_numpy(RGB) / 255
    torch.testing.assert_close(linear_to_srgb(LINEAR), rgb, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(tensor_srgb_to_linear(rgb), LINEAR, atol=1e-6, rtol=1e-5)
    lightness = luminance_to_lightness(luminance(LINEAR))
    torch.testing.assert_close(lightness_to_luminance(lightness), luminance(LINEAR))


def test_constants_may_be_met_first_without_gradients_or_while_traced():
    """They are kept for the process: neither may leave a tensor that training cannot use."""
    tensor_color._kept.cache_clear()
    with torch.inference_mode():
        linear_to_lab(LINEAR)
    linear = LINEAR.clone().requires_grad_()
    linear_to_lab(linear).sum().backward()
    assert linear.grad.isfinite().all()
    tensor_color._kept.cache_clear()

    class ToLab(torch.nn.Module):
        def forward(self, linear):
            return linear_to_lab(linear)

    torch.export.export(ToLab(), (LINEAR,))
    assert type(linear_to_lab(LINEAR)) is torch.Tensor
