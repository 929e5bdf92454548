"""The summation network of Hwang, Zhou 2016 (report, Stanford CS231n).

*Image Colorization with Deep Convolutional Neural Networks*: VGG-16, and from its last block
back up, a 3x3 convolution brings coarse features to the number of channels of the next finer
block, upsampling to its grid, and the two are summed.

Differences: the original goes up to full size; here the way up ends at H/4, to which the
first two blocks are averaged. Weights begin at random (`vgg16`), not from ImageNet.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.nn.backbones.vgg16 import Vgg16


def _conv(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Hwang2016(nn.Module):
    """(N, 1, H, W) L* to (N, 64, H/4, W/4) features; H and W multiples of 16.

    Parameters
    ----------
    width : channels as a share of the paper's.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.vgg = Vgg16(width)
        self.multiple = self.vgg.multiple
        channels1, channels2, channels3, channels4, channels5 = self.vgg.channels
        self.out_channels = channels1
        self.to4 = _conv(channels5, channels4)
        self.to3 = _conv(channels4, channels3)
        self.to2 = _conv(channels3, channels2)
        self.to1 = _conv(channels2, channels1)
        self.last = _conv(channels1, channels1)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        block1, block2, block3, block4, block5 = self.vgg(lightness)
        x = block4 + _double(self.to4(block5))
        x = block3 + _double(self.to3(x))
        x = F.avg_pool2d(block2, 2) + self.to2(x)
        x = F.avg_pool2d(block1, 4) + self.to1(x)
        out: Tensor = self.last(x)
        return out
