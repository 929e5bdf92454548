import pytest
import torch

from autochrome.nn.backbones.iizuka2016 import GLOBAL_CHANNELS, Iizuka2016


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return Iizuka2016(0.125).eval()


def test_the_papers_layers():
    """Table 1 of the paper, but for the first connected layer, which sees a mean of 7x7 cells."""
    weights = [
        module.weight
        for module in Iizuka2016().modules()
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))
    ]
    low, mid, cells = (64, 128, 128, 256, 256, 512), (512, 256), (512, 512, 512, 512)
    connected, fusion, color = (1024, 512, 256), (256,), (128, 64, 64, 32)
    assert [len(weight) for weight in weights] == [
        *(*low, *mid, *cells, *connected, *fusion, *color)
    ]


@pytest.mark.parametrize(("height", "width"), [(8, 8), (24, 40), (56, 16)])
@torch.inference_mode()
def test_any_size_gives_a_cell_each_and_one_vector(backbone, height, width):
    features, vector = backbone(torch.rand(2, 1, height, width) * 100)
    assert features.shape == (2, backbone.out_channels, height // 4, width // 4)
    assert vector.shape == (2, GLOBAL_CHANNELS)


@torch.inference_mode()
def test_a_cell_sees_what_is_far_away(backbone):
    """By the fusion layer alone: convolutions do not reach from one end to the other."""
    lightness = torch.full((1, 1, 16, 512), 50.0)
    other = lightness.clone()
    other[..., 448:] = torch.rand(64) * 100
    local, local_other = (backbone.mid_level(backbone.low_level((x - 50) / 50))[..., 0]
                          for x in (lightness, other))  # fmt: skip
    torch.testing.assert_close(local, local_other, atol=0, rtol=0)
    assert not torch.equal(backbone(lightness)[0][..., 0], backbone(other)[0][..., 0])
