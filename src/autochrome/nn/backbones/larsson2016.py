"""The network of Larsson, Maire, Shakhnarovich 2016 (arXiv 1603.06668).

*Learning Representations for Automatic Colorization*, section 3: a pixel's hypercolumn is
what VGG-16 says of it at every depth; one layer of 1024 channels with ReLU reads it. 16.2 M
parameters without the head's.

Differences from the paper: trained from scratch (see `vgg16`), without VGG's layers fc6 and
fc7; the hypercolumn takes the last layer of each block, not every layer; and every cell of
the grid is learned. The paper trains on a few locations of each picture instead, its
hypercolumns of 12,417 channels being too large. They need not be built: a 1x1 convolution
of concatenated features is a sum of 1x1 convolutions, and each commutes with resizing.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.nn.backbones.vgg16 import Vgg16
from autochrome.nn.system import STRIDE
from autochrome.nn.width import scaled


def at_cells(features: Tensor, stride: int) -> Tensor:
    """Resize features at H/stride to H/4: averaged down, or bilinearly up."""
    if stride < STRIDE:
        return F.avg_pool2d(features, STRIDE // stride)
    if stride > STRIDE:
        factor = float(stride // STRIDE)
        return F.interpolate(features, scale_factor=factor, mode="bilinear", align_corners=False)
    return features


class Larsson2016(nn.Module):
    """(N, 1, H, W) L* to (N, 1024, H/4, W/4) features; H and W multiples of 16.

    Parameters
    ----------
    width : channels as a share of the paper's.
    """

    multiple = 16

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.out_channels = scaled(1024, width)
        self.vgg = Vgg16(width)
        hypercolumn = sum(self.vgg.channels)
        self.projections = nn.ModuleList(
            nn.Conv2d(channels, self.out_channels, 1, bias=not block)  # one bias is enough
            for block, channels in enumerate(self.vgg.channels)
        )
        for name, parameter in self.projections.named_parameters():
            if name.endswith("weight"):  # He initialisation of the whole
                nn.init.normal_(parameter, std=(2 / hypercolumn) ** 0.5)
            else:
                nn.init.zeros_(parameter)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        blocks = zip(self.projections, self.vgg(lightness), strict=True)
        parts = []
        for block, (project, features) in enumerate(blocks):
            stride = 2**block
            if stride < STRIDE:
                parts.append(project(at_cells(features, stride)))
            else:  # the same, with fewer cells to multiply
                parts.append(at_cells(project(features), stride))
        return F.relu(sum(parts[1:], parts[0]))
