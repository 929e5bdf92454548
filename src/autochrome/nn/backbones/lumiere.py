"""The flagship, named after the brothers who made the first practical color plate (1907)."""

from __future__ import annotations

import os

import torch
from torch import Tensor, nn
from torch.nn import functional as F

KIND = os.environ.get("KIND", "plain")


def _conv(in_channels: int, out_channels: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels)
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class _PlainPair(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))))


class _ConvNeXt(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 5, 1, 2, groups=channels, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.expand = nn.Conv2d(channels, 4 * channels, 1)
        self.project = nn.Conv2d(4 * channels, channels, 1)
        self.norm2 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.project(F.relu(self.expand(self.norm(self.depthwise(x))))))


class _Context(nn.Module):
    """Global context."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(2 * channels, channels)
        self.shift = nn.Linear(channels, channels)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3))
        deviation = ((x - mean[:, :, None, None]).square().mean((2, 3)) + 1e-5).sqrt()
        y = self.shift(F.relu(self.squeeze(torch.cat([mean, deviation], 1))))
        return x + y[:, :, None, None]


class _Attention(nn.Module):
    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.BatchNorm2d(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.project = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.project.weight)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        y = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2).reshape(n, c, h, w)
        return x + self.project(y)


class Lumiere(nn.Module):
    out_channels = 64
    multiple = 16

    def __init__(self) -> None:
        super().__init__()
        Block = {"noskip": _PlainPair, "convnext": _ConvNeXt}.get(KIND, _Residual)
        W = (64, 128, 224)
        n = (1, 2, 3) if KIND != "convnext" else (2, 4, 6)
        self.stem = nn.Sequential(_conv(1, 32, 3, 2), nn.ReLU(), _conv(32, W[0], 3, 2), nn.ReLU())
        self.stages = nn.ModuleList()
        for i in range(3):
            layers = [] if i == 0 else [_conv(W[i - 1], W[i], 3, 2), nn.ReLU()]
            for j in range(n[i]):
                layers += [Block(W[i])]
                if i == 2 and j in (0, 1) and KIND == "attn":
                    layers += [_Attention(W[2])]
                if i == 2 and j in (0, 1) and KIND == "ctx":
                    layers += [_Context(W[2])]
            self.stages.append(nn.Sequential(*layers))
        self.up16 = _conv(W[2], W[1], 1)
        self.up8 = _conv(W[1], W[0], 1)
        m = 1 if KIND != "convnext" else 2
        self.d8 = nn.Sequential(*[Block(W[1]) for _ in range(m)])
        self.d4 = nn.Sequential(*[Block(W[0]) for _ in range(m)])

    def forward(self, lightness: Tensor) -> Tensor:
        s4 = self.stages[0](self.stem((lightness - 50) / 50))
        s8 = self.stages[1](s4)
        x = self.stages[2](s8)
        up = lambda t: F.interpolate(t, scale_factor=2.0, mode="bilinear")
        x = self.d8(F.relu(s8 + up(self.up16(x))))
        return self.d4(F.relu(s4 + up(self.up8(x))))
