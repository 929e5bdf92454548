"""The flagship, named after the brothers who made the first practical color plate (1907).

A residual U-Net of plain 3x3 convolutions with batch norm, folded into the convolutions at
export. Stem to H/4, two stages down to H/16 where a global context vector lets far parts of
the picture agree on a color, and back up to H/4 over additive skips.

Why this and not something else: docs/training.md.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_WIDTHS = (64, 128, 224)  # at H/4, H/8, H/16


def _conv(in_channels: int, out_channels: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class _Residual(nn.Module):
    """Two 3x3 convolutions beside an identity, which they begin as."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels)
        nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


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
    """(N, 1, H, W) L* to (N, 64, H/4, W/4) features; H and W multiples of 16."""

    out_channels = _WIDTHS[0]
    multiple = 16

    def __init__(self) -> None:
        super().__init__()
        at4, at8, at16 = _WIDTHS
        self.stem = nn.Sequential(
            *(_conv(1, 32, stride=2), nn.ReLU(), _conv(32, at4, stride=2), nn.ReLU()),
            _Residual(at4),
        )
        self.down8 = nn.Sequential(
            *(_conv(at4, at8, stride=2), nn.ReLU()), _Residual(at8), _Residual(at8)
        )
        self.down16 = nn.Sequential(
            *(_conv(at8, at16, stride=2), nn.ReLU()),
            *(_Residual(at16), _GlobalContext(at16)),
            *(_Residual(at16), _GlobalContext(at16)),
            _Residual(at16),
        )
        self.narrow8 = _conv(at16, at8, size=1)
        self.up8 = _Residual(at8)
        self.narrow4 = _conv(at8, at4, size=1)
        self.up4 = _Residual(at4)

    def forward(self, lightness: Tensor) -> Tensor:
        """Extract features."""
        skip4 = self.stem((lightness - 50) / 50)
        skip8 = self.down8(skip4)
        x = self.down16(skip8)
        x = self.up8(F.relu(skip8 + _double(self.narrow8(x))))
        out: Tensor = self.up4(F.relu(skip4 + _double(self.narrow4(x))))
        return out
