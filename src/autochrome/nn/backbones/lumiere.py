"""The flagship, named after the brothers who made the first practical color plate (1907).

A residual U-Net of plain 3x3 convolutions with batch norm, folded into the convolutions at
export. Stem to H/4, two stages down to H/16 where a global context vector lets far parts of
the picture agree on a color, and back up to H/4 over additive skips.

Why this and not something else: docs/training.md.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.nn.width import scaled

_WIDTHS = (64, 128, 320)  # at H/4, H/8, H/16


def _conv(in_channels: int, out_channels: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class _Residual(nn.Module):
    """Two 3x3 convolutions beside an identity, which they begin as; or without it, plain."""

    def __init__(self, channels: int, *, identity: bool) -> None:
        super().__init__()
        self.identity = identity
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels)
        if identity:
            nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        out = self.second(F.relu(self.first(x)))
        return F.relu(x + out if self.identity else out)


class _GlobalContext(nn.Module):
    """Shift every cell by what the whole picture is: mean and deviation of each channel.

    Lets far parts of the picture agree on a color; begins as an identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(2 * channels, channels)
        self.shift = nn.Linear(channels, channels)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        deviation = ((x - mean).square().mean((2, 3)) + 1e-5).sqrt()
        summary = torch.cat([mean.flatten(1), deviation], 1)
        shift: Tensor = self.shift(F.relu(self.squeeze(summary)))
        return x + shift[:, :, None, None]


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Lumiere(nn.Module):
    """(N, 1, H, W) L* to (N, 64, H/4, W/4) features; H and W multiples of 16.

    Parameters
    ----------
    width : channels as a share of the flagship's.
    residual : False leaves the identities out of the blocks, to see what they are good for;
        the skips of the U-Net stay.
    """

    multiple = 16

    def __init__(self, width: float = 1.0, *, residual: bool = True) -> None:
        super().__init__()
        at2, at4, at8, at16 = (scaled(channels, width) for channels in (32, *_WIDTHS))
        block = partial(_Residual, identity=residual)
        self.out_channels = at4
        self.stem = nn.Sequential(
            *(_conv(1, at2, stride=2), nn.ReLU(), _conv(at2, at4, stride=2), nn.ReLU()),
            block(at4),
        )
        self.down8 = nn.Sequential(*(_conv(at4, at8, stride=2), nn.ReLU()), block(at8), block(at8))
        self.down16 = nn.Sequential(
            *(_conv(at8, at16, stride=2), nn.ReLU()),
            *(block(at16), _GlobalContext(at16)),
            *(block(at16), _GlobalContext(at16)),
            *(block(at16), block(at16)),
        )
        self.narrow8 = _conv(at16, at8, size=1)
        self.up8 = block(at8)
        self.narrow4 = _conv(at8, at4, size=1)
        self.up4 = block(at4)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        skip4 = self.stem((lightness - 50) / 50)
        skip8 = self.down8(skip4)
        x = self.down16(skip8)
        x = self.up8(F.relu(skip8 + _double(self.narrow8(x))))
        out: Tensor = self.up4(F.relu(skip4 + _double(self.narrow4(x))))
        return out


def lumiere_plain(width: float = 1.0) -> Lumiere:
    """Build the flagship's backbone without residual connections."""
    return Lumiere(width, residual=False)
