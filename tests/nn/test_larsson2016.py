import pytest
import torch

from autochrome.nn.backbones.larsson2016 import Larsson2016, at_cells


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return Larsson2016(0.125).eval()


def test_the_papers_number_of_channels():
    assert Larsson2016(1.0).out_channels == 1024


@torch.inference_mode()
def test_equals_one_convolution_of_concatenated_hypercolumns(backbone):
    """The paper's definition: every block's features at every cell, then one layer with ReLU."""
    lightness = torch.rand(1, 1, 48, 80) * 100
    blocks = [at_cells(f, 2**block) for block, f in enumerate(backbone.vgg(lightness))]
    hypercolumns = torch.cat(blocks, 1)  # (1, sum of channels, 12, 20)
    weight = torch.cat([projection.weight for projection in backbone.projections], 1)
    hidden = torch.nn.functional.conv2d(hypercolumns, weight, backbone.projections[0].bias)
    torch.testing.assert_close(backbone(lightness), hidden.relu(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16])
def test_resizing_keeps_places(stride):
    """A ramp stays the ramp of the cells' centers, away from the border."""
    ramp = ((torch.arange(64 // stride) + 0.5) * stride).expand(1, 1, 64 // stride, -1)
    expected = (torch.arange(16) + 0.5) * 4
    torch.testing.assert_close(at_cells(ramp, stride)[0, 0, 0, 2:-2], expected[2:-2])
