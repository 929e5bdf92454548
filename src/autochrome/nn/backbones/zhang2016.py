"""The network of Zhang, Isola, Efros 2016, *Colorful Image Colorization* (arXiv 1603.08511).

Eight blocks of two or three 3x3 convolutions with ReLU, a batch norm closing each of the
first seven, no pooling: stride and dilation keep the grid at H/8, a transposed convolution
ends at H/4. With the head's 1x1 convolution: 32.24 M parameters.

Differences from the release: He initialisation (the paper starts from k-means or pretrained
weights); input scaled as (L - 50) / 100, one of the two scalings in the released files.
"""

from __future__ import annotations

from torch import Tensor, nn

from autochrome.nn.width import scaled


def _block(
    in_channels: int, out_channels: int, strides: tuple[int, ...], dilation: int = 1
) -> nn.Sequential:
    """Convolutions with ReLU, one for each stride, closed by a batch norm."""
    layers: list[nn.Module] = []
    for stride in strides:
        layers += [
            nn.Conv2d(in_channels, out_channels, 3, stride, dilation, dilation),
            nn.ReLU(inplace=True),
        ]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.BatchNorm2d(out_channels))


class Zhang2016(nn.Module):
    """(N, 1, H, W) L* to (N, 256, H/4, W/4) features; H and W multiples of 8.

    Parameters
    ----------
    width : channels as a share of the paper's.
    """

    multiple = 8

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        at2, at4, at8, deep = (scaled(channels, width) for channels in (64, 128, 256, 512))
        self.out_channels = at8
        self.conv1 = _block(1, at2, (1, 2))
        self.conv2 = _block(at2, at4, (1, 2))
        self.conv3 = _block(at4, at8, (1, 1, 2))
        self.conv4 = _block(at8, deep, (1, 1, 1))
        self.conv5 = _block(deep, deep, (1, 1, 1), dilation=2)
        self.conv6 = _block(deep, deep, (1, 1, 1), dilation=2)
        self.conv7 = _block(deep, deep, (1, 1, 1))
        self.conv8 = nn.Sequential(
            nn.ConvTranspose2d(deep, at8, 4, 2, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(at8, at8, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(at8, at8, 3, 1, 1),
            nn.ReLU(inplace=True),
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                assert module.bias is not None
                nn.init.zeros_(module.bias)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        x = (lightness - 50) / 100
        for block in (
            self.conv1, self.conv2, self.conv3, self.conv4,
            self.conv5, self.conv6, self.conv7, self.conv8,
        ):  # fmt: skip
            x = block(x)
        return x
