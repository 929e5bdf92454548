"""The convolutions of VGG-16 (Simonyan, Zisserman 2015, configuration D), on lightness.

Several systems of the literature begin with it, pretrained on ImageNet. Differences: no
pretrained weights exist here, so a batch norm follows each convolution and weights begin by
He initialisation, else thirteen layers do not train from scratch; one input channel.
"""

from __future__ import annotations

from torch import Tensor, nn

from autochrome.nn.width import scaled

_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class Vgg16(nn.Module):
    """(N, 1, H, W) L* to the output of its five blocks, at H, H/2, H/4, H/8, H/16.

    Parameters
    ----------
    width : channels as a share of the paper's.
    num_blocks : how many of the blocks there are, the first ones.
    """

    def __init__(self, width: float = 1.0, num_blocks: int = len(_BLOCKS)) -> None:
        super().__init__()
        blocks = _BLOCKS[:num_blocks]
        self.multiple = 2 ** (num_blocks - 1)
        self.channels = tuple(scaled(block[-1], width) for block in blocks)
        self.blocks = nn.ModuleList()
        in_channels = 1
        for block, out_channels in zip(blocks, self.channels, strict=True):
            layers: list[nn.Module] = [nn.MaxPool2d(2)] if self.blocks else []
            for _ in block:
                layers += [
                    nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
                    nn.BatchNorm2d(out_channels),
                    nn.ReLU(inplace=True),
                ]
                in_channels = out_channels
            self.blocks.append(nn.Sequential(*layers))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, lightness: Tensor) -> list[Tensor]:
        """Return the features of each block."""
        x = (lightness - 50) / 50
        features = []
        for block in self.blocks:
            x = block(x)
            features.append(x)
        return features
