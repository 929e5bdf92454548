"""Torch twins of `autochrome.color.spaces`, for batches on any device."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from autochrome.color.spaces import RGB_TO_XYZ, WHITE, XYZ_TO_RGB
from autochrome.color.spaces import srgb_to_linear as numpy_srgb_to_linear

_DELTA = 6 / 29
_CELL = 4  # pixels; `nn.STRIDE`, which lies above


def _tuples(matrix: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


_LINEAR_TO_XYZ = _tuples(RGB_TO_XYZ / WHITE[:, None])
_XYZ_TO_LINEAR = _tuples(XYZ_TO_RGB * WHITE)
_LUMINANCE = tuple(RGB_TO_XYZ[1].tolist())


def constant(values: tuple[Any, ...], device: torch.device) -> Tensor:
    """Return float32 numbers on a device, sent there once; nested tuples give a matrix."""
    if torch.compiler.is_compiling():  # what is traced is no tensor to keep
        return torch.tensor(values, dtype=torch.float32, device=device)
    return _kept(values, device)


@cache
def _kept(values: tuple[Any, ...], device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # training may be the next to use it
        return torch.tensor(values, dtype=torch.float32, device=device)


@cache
def _linear_table(device: torch.device) -> Tensor:
    """Linear light of every 8-bit sRGB value, (256,)."""
    return torch.from_numpy(numpy_srgb_to_linear(np.arange(256, dtype=np.float32) / 255)).to(device)


def uint8_to_linear(rgb: Tensor) -> Tensor:
    """Look up the linear light of uint8 sRGB; any shape, float32 in [0, 1]."""
    table = _linear_table(rgb.device)
    return table.index_select(0, rgb.reshape(-1).int()).view(rgb.shape)


def srgb_to_linear(rgb: Tensor) -> Tensor:
    """Decode sRGB in [0, 1] to linear light; any shape."""
    return torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Encode linear light in [0, 1] as sRGB; any shape."""
    # Clamped above 0, where the gradient of a power is infinite.
    power = 1.055 * linear.clamp(min=1e-8) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, power)


def luminance(linear: Tensor) -> Tensor:
    """Return Y (N, 1, H, W) of linear sRGB (N, 3, H, W)."""
    weights = constant(_LUMINANCE, linear.device).to(linear.dtype)
    return torch.einsum("c,nchw->nhw", weights, linear)[:, None]


def _cube_root_curve(t: Tensor) -> Tensor:
    return torch.where(t > _DELTA**3, t.clamp(min=1e-8) ** (1 / 3), t / (3 * _DELTA**2) + 4 / 29)


def _inverse_cube_root_curve(f: Tensor) -> Tensor:
    return torch.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """Convert luminance Y in [0, 1] to L* in [0, 100]; any shape."""
    return 116 * _cube_root_curve(luminance) - 16


def lightness_to_luminance(lightness: Tensor) -> Tensor:
    """Convert L* in [0, 100] to luminance Y in [0, 1]; any shape."""
    return _inverse_cube_root_curve((lightness + 16) / 116)


def xyz_to_lab(xyz: Tensor) -> Tensor:
    """Convert XYZ (N, 3, H, W) relative to white, each 1 there, to Lab (N, 3, H, W)."""
    x, y, z = _cube_root_curve(xyz).unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def linear_to_lab(linear: Tensor) -> Tensor:
    """Convert linear sRGB (N, 3, H, W) to Lab (N, 3, H, W)."""
    matrix = constant(_LINEAR_TO_XYZ, linear.device).to(linear.dtype)
    return xyz_to_lab(torch.einsum("xc,nchw->nxhw", matrix, linear))


def lab_to_xyz(lab: Tensor) -> Tensor:
    """Convert Lab (N, 3, H, W) to XYZ (N, 3, H, W) relative to white, each 1 there."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    return _inverse_cube_root_curve(torch.stack([y + a / 500, y, y - b / 200], 1))


def lab_to_linear(lab: Tensor) -> Tensor:
    """Convert Lab (N, 3, H, W) to linear sRGB (N, 3, H, W); outside [0, 1] if out of gamut."""
    matrix = constant(_XYZ_TO_LINEAR, lab.device).to(lab.dtype)
    return torch.einsum("cx,nxhw->nchw", matrix, lab_to_xyz(lab))


def target_lab(linear: Tensor) -> Tensor:
    """Return the Lab of each cell, (N, 3, H/4, W/4), from linear sRGB (N, 3, H, W).

    Notes
    -----
    The cell's light is averaged, as a sensor would, before it becomes Lab. The released code
    of Zhang 2016 takes one pixel of each cell instead.
    """
    return linear_to_lab(F.avg_pool2d(linear, _CELL))
