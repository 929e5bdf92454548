"""Color spaces that systems regress in: from Lab to what a network predicts, and to ab again.

On the way back the lightness is known, for it is the photograph's. What a space says beside
its chroma (the luma of RGB) is dropped; what it does not say (the luma of YUV) is found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from autochrome.color.spaces import WHITE
from autochrome.tensor_color import (
    lab_to_linear,
    lab_to_xyz,
    lightness_to_luminance,
    linear_to_lab,
    linear_to_srgb,
    luminance,
    srgb_to_linear,
    xyz_to_lab,
)

_BISECTIONS = 16  # of luma in [0, 1]: exact to 1.5e-5


class TargetSpace(NamedTuple):
    """A space a network predicts.

    Parameters
    ----------
    num_channels : values a cell.
    scale : what the network's output is multiplied by, so that it learns numbers near 1.
    encode : Lab (N, 3, h, w) to the space's (N, num_channels, h, w).
    decode : that and L* (N, 1, h, w) to ab (N, 2, h, w).
    """

    num_channels: int
    scale: float
    encode: Callable[[Tensor], Tensor]
    decode: Callable[[Tensor, Tensor], Tensor]


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Convert Lab (N, 3, h, w) to sRGB, clipped to [0, 1]."""
    return linear_to_srgb(lab_to_linear(lab).clamp(0, 1))


def rgb_to_ab(rgb: Tensor) -> Tensor:
    """Take the ab of sRGB (N, 3, h, w), clipped to [0, 1]."""
    return linear_to_lab(srgb_to_linear(rgb.clamp(0, 1)))[:, 1:]


def lab_to_uv(lab: Tensor) -> Tensor:
    """Take U and V of ITU-R BT.601 (N, 2, h, w): 0.492 (B' - Y'), 0.877 (R' - Y')."""
    rgb = lab_to_rgb(lab)
    luma = 0.299 * rgb[:, 0] + 0.587 * rgb[:, 1] + 0.114 * rgb[:, 2]
    return torch.stack([0.492 * (rgb[:, 2] - luma), 0.877 * (rgb[:, 0] - luma)], 1)


def uv_to_ab(uv: Tensor, lightness: Tensor) -> Tensor:
    """Find the color of this U, V (N, 2, h, w) and L* (N, 1, h, w).

    The luma for which the color, clipped to sRGB, has the lightness is found by bisection. A
    photograph's gray value is usually taken for the luma; it is not, for a saturated color.
    """
    u, v = uv[:, :1] / 0.492, uv[:, 1:] / 0.877
    chroma = torch.cat([v, -(0.299 * v + 0.114 * u) / 0.587, u], 1)
    wanted = lightness_to_luminance(lightness)
    low, high = torch.zeros_like(lightness), torch.ones_like(lightness)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        above = luminance(srgb_to_linear((middle + chroma).clamp(0, 1))) > wanted
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return rgb_to_ab((low + high) / 2 + chroma)


def _uv_chromaticity(xyz: Tensor) -> Tensor:
    """Return u', v' (N, 2, h, w) of XYZ relative to white."""
    x, y, z = (WHITE[channel] * xyz[:, channel] for channel in range(3))
    total = (x + 15 * y + 3 * z).clamp(min=1e-6)
    return torch.stack([4 * x / total, 9 * y / total], 1)


def lab_to_luv(lab: Tensor) -> Tensor:
    """Take u* and v* of CIELUV (N, 2, h, w); 0 for black, which has no chromaticity."""
    xyz = lab_to_xyz(lab)
    shift = _uv_chromaticity(xyz) - _uv_chromaticity(torch.ones_like(xyz))
    return 13 * lab[:, :1] * shift


def luv_to_ab(uv: Tensor, lightness: Tensor) -> Tensor:
    """Convert u*, v* (N, 2, h, w) at L* (N, 1, h, w) to ab; near black at L* = 1."""
    lightness = lightness.clamp(min=1)
    white = _uv_chromaticity(torch.ones_like(lightness).expand(-1, 3, -1, -1))
    chromaticity = uv / (13 * lightness) + white
    # Beyond the spectral locus there is no color, and at v' = 0 no number.
    u, v = chromaticity[:, :1].clamp(0.0, 0.63), chromaticity[:, 1:].clamp(0.015, 0.59)
    y = lightness_to_luminance(lightness)
    x = y * 9 * u / (4 * v)
    z = (y * (12 - 3 * u - 20 * v) / (4 * v)).clamp(min=0)
    return xyz_to_lab(torch.cat([x / WHITE[0], y, z / WHITE[2]], 1))[:, 1:]


AB = TargetSpace(2, 110.0, lambda lab: lab[:, 1:], lambda ab, _: ab)
"""CIELAB's own plane; the scale is that of Zhang 2016's release."""

YUV = TargetSpace(2, 0.5, lab_to_uv, uv_to_ab)

LUV = TargetSpace(2, 100.0, lab_to_luv, luv_to_ab)

RGB = TargetSpace(3, 1.0, lab_to_rgb, lambda rgb, _: rgb_to_ab(rgb))
