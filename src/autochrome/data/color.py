"""Torch twins of `autochrome.color.spaces`, for batches on any device."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from autochrome.color.spaces import RGB_TO_XYZ, WHITE, srgb_to_linear

_DELTA = 6 / 29


@cache
def _linear_table(device: torch.device) -> Tensor:
    """Linear light of every 8-bit sRGB value, (256,)."""
    return torch.from_numpy(srgb_to_linear(np.arange(256, dtype=np.float32) / 255)).to(device)


def uint8_to_linear(rgb: Tensor) -> Tensor:
    """Look up the linear light of uint8 sRGB; any shape, float32 in [0, 1]."""
    table = _linear_table(rgb.device)
    return table.index_select(0, rgb.reshape(-1).int()).view(rgb.shape)


def _cube_root_curve(t: Tensor) -> Tensor:
    return torch.where(t > _DELTA**3, t.clamp(min=1e-8) ** (1 / 3), t / (3 * _DELTA**2) + 4 / 29)


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """Convert luminance Y in [0, 1] to L* in [0, 100]; any shape."""
    return 116 * _cube_root_curve(luminance) - 16


def linear_to_ab(linear: Tensor) -> Tensor:
    """Convert linear sRGB (N, 3, H, W) to ab (N, 2, H, W)."""
    matrix = torch.tensor(RGB_TO_XYZ / WHITE[:, None], dtype=linear.dtype, device=linear.device)
    x, y, z = _cube_root_curve(torch.einsum("xc,nchw->nxhw", matrix, linear)).unbind(1)
    return torch.stack([500 * (x - y), 200 * (y - z)], 1)


def target_ab(linear: Tensor, stride: int = 4) -> Tensor:
    """Return the ab of each cell, (N, 2, H/stride, W/stride), from linear sRGB (N, 3, H, W).

    Notes
    -----
    The cell's light is averaged, as a sensor would, before it becomes ab. The released code
    of Zhang 2016 takes one pixel of each cell instead.
    """
    return linear_to_ab(F.avg_pool2d(linear, stride))
