"""The residual encoder of Dahl 2016, *Automatic Colorization* (tinyclouds.org/colorize).

VGG-16 up to its fourth block. From there back up, the features are upsampled, added to the
batch-normed ones of the next finer block, and convolved to the channels of the one after.

Differences: the original goes up to full size and adds the gray picture itself last; here
the way up ends at H/4, to which the first two blocks are averaged, and keeps the first one's
channels. Weights begin at random (`vgg16`), not from ImageNet.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.nn.backbones.vgg16 import Vgg16


def _conv(in_channels: int, out_channels: int, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


class Dahl2016(nn.Module):
    """(N, 1, H, W) L* to (N, 64, H/4, W/4) features; H and W multiples of 8.

    Parameters
    ----------
    width : channels as a share of the original's.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.vgg = Vgg16(width, num_blocks=4)
        self.multiple = self.vgg.multiple
        channels1, channels2, channels3, channels4 = self.vgg.channels
        self.out_channels = channels1
        self.norm1, self.norm2, self.norm3, self.norm4 = (
            nn.BatchNorm2d(channels) for channels in self.vgg.channels
        )
        self.merge4 = _conv(channels4, channels3, size=1)
        self.merge3 = _conv(channels3, channels2)
        self.merge2 = _conv(channels2, channels1)
        self.merge1 = _conv(channels1, channels1)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        block1, block2, block3, block4 = self.vgg(lightness)
        x = self.merge4(self.norm4(block4))
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.merge3(self.norm3(block3) + x)
        x = self.merge2(self.norm2(F.avg_pool2d(block2, 2)) + x)
        out: Tensor = self.merge1(self.norm1(F.avg_pool2d(block1, 4)) + x)
        return out
