"""The network of Iizuka, Simo-Serra, Ishikawa 2016, *Let there be Color!* (SIGGRAPH).

Section 3: low-level features feed a mid-level network and a global one; a fusion layer lets
every cell see what the whole picture is. A batch norm follows each layer. 17.0 M parameters
without the head's.

Differences from the paper: the global network sees the picture itself and ends in a mean over
its cells, so that any size will do, where the paper's sees a 224x224 copy and flattens 7x7
cells, its first connected layer being 49 times as large; color ends at H/4, not H/2, so the
second upsampling is left out; He initialisation.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.nn.width import scaled

GLOBAL_CHANNELS = 512
"""Of the global vector, at any width: the head that classifies it must know."""


def _convolutions(
    channels: tuple[int, ...], strides: tuple[int, ...], size: int = 3
) -> nn.Sequential:
    """Convolutions from each number of channels to the next, with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for (before, after), stride in zip(pairwise(channels), strides, strict=True):
        layers += [
            nn.Conv2d(before, after, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


def _connected(channels: tuple[int, ...]) -> nn.Sequential:
    """Fully connected layers, likewise."""
    layers: list[nn.Module] = []
    for before, after in pairwise(channels):
        layers += [
            nn.Linear(before, after, bias=False),
            nn.BatchNorm1d(after),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class Iizuka2016(nn.Module):
    """(N, 1, H, W) L* to (N, 32, H/4, W/4) features and a global vector (N, 512).

    H and W are multiples of 8; a batch to train on holds two pictures or more.

    Parameters
    ----------
    width : channels as a share of the paper's.
    """

    multiple = 8

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        c32, c64, c128, c256, c512, c1024 = (scaled(32 * 2**i, width) for i in range(6))
        self.out_channels = c32
        self.low_level = _convolutions((1, c64, c128, c128, c256, c256, c512), (2, 1, 2, 1, 2, 1))
        self.mid_level = _convolutions((c512, c512, c256), (1, 1))
        self.global_cells = _convolutions((c512, c512, c512, c512, c512), (2, 1, 2, 1))
        self.global_vector = _connected((c512, c1024, GLOBAL_CHANNELS))
        self.global_summary = _connected((GLOBAL_CHANNELS, c256))
        self.fusion = _convolutions((2 * c256, c256), (1,), size=1)
        self.color8 = _convolutions((c256, c128), (1,))
        self.color4 = _convolutions((c128, c64, c64, c32), (1, 1, 1))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        """Extract features and the global vector."""
        low = self.low_level((lightness - 50) / 50)
        mid = self.mid_level(low)
        vector = self.global_vector(self.global_cells(low).mean((2, 3)))
        summary = self.global_summary(vector)[:, :, None, None].expand(-1, -1, *mid.shape[2:])
        x = self.color8(self.fusion(torch.cat([summary, mid], 1)))
        return self.color4(F.interpolate(x, scale_factor=2.0, mode="nearest")), vector
