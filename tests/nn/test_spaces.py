import numpy as np
import pytest
import torch
from skimage.color import rgb2lab, rgb2luv, rgb2yuv

from autochrome.nn.spaces import AB, LUV, RGB, YUV, lab_to_luv, lab_to_uv

RGB_PICTURE = np.random.default_rng(0).random((24, 32, 3))
LAB = torch.from_numpy(rgb2lab(RGB_PICTURE)).float().permute(2, 0, 1)[None]


@pytest.mark.parametrize("space", [AB, YUV, LUV, RGB])
def test_there_and_back(space):
    found = space.decode(space.encode(LAB), LAB[:, :1])
    assert (found - LAB[:, 1:]).abs().max() < 0.3


@pytest.mark.parametrize("space", [AB, YUV, LUV, RGB])
def test_neutral_is_neutral(space):
    grey = torch.zeros(1, 3, 1, 101)
    grey[0, 0, 0] = torch.arange(101)
    assert space.decode(space.encode(grey), grey[:, :1]).abs().max() < 0.1


@pytest.mark.parametrize("space", [AB, YUV, LUV, RGB])
def test_any_output_decodes_to_a_finite_color(space):
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(2, space.num_channels, 8, 8, generator=generator) * 3 * space.scale
    lightness = torch.rand(2, 1, 8, 8, generator=generator) * 100
    lightness[0, 0, 0] = 0
    assert space.decode(output, lightness).isfinite().all()


def test_luv_is_that_of_scikit_image():
    expected = rgb2luv(RGB_PICTURE)[..., 1:].transpose(2, 0, 1)
    np.testing.assert_allclose(lab_to_luv(LAB)[0], expected, atol=0.15)


def test_uv_is_that_of_scikit_image():
    expected = rgb2yuv(RGB_PICTURE)[..., 1:].transpose(2, 0, 1)
    np.testing.assert_allclose(lab_to_uv(LAB)[0], expected, atol=2e-3)
