"""Between the color space of a profile and sRGB, as a lazy graph, without moving L*."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.photo.arrays import from_array
from autochrome.photo.icc import IccProfile, built_in

_LEVELS = 65535
_ROOM = 0.002  # how far a color of sRGB may lie outside a profile: rounding of its primaries
_CORNERS = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1]), axis=-1).reshape(-1, 3)


def is_srgb(profile: IccProfile, depth: int) -> bool:
    """Return whether a profile and sRGB differ by no more than half a level or so."""
    tolerance = 1 / 255 if depth == 8 else 4 / _LEVELS
    encoded = _encode(built_in("srgb").curves[0], profile.curves)
    if np.abs(encoded - np.linspace(0, 1, _LEVELS + 1)).max() > tolerance:
        return False
    return profile.to_xyz is None or bool(
        np.abs(profile.to_linear_srgb - np.eye(3)).max() < tolerance
    )


def to_srgb16(color: pyvips.Image, profile: IccProfile) -> pyvips.Image:
    """Convert gray or RGB without alpha, 8 or 16 bits, to the same in sRGB at 16 bits."""
    codes = profile.curves[:, :: 257 if color.format == "uchar" else 1]
    srgb = built_in("srgb").curves[0]
    if profile.to_xyz is None:
        table = np.rint(_encode(srgb, codes) * _LEVELS).astype(np.uint16)
        return color.maplut(_table(table)).copy(interpretation="grey16")
    linear = color.maplut(_table(codes.astype(np.float32)))
    mixed = linear.recomb(profile.to_linear_srgb.tolist())
    return _encoded(mixed, np.stack([srgb] * 3), 16)


def from_srgb16(color: pyvips.Image, profile: IccProfile, depth: int) -> pyvips.Image:
    """Convert 16-bit sRGB without alpha to an RGB profile, at 8 or 16 bits."""
    srgb = np.stack([built_in("srgb").curves[0]] * 3).astype(np.float32)
    mixed = color.maplut(_table(srgb)).recomb(np.linalg.inv(profile.to_linear_srgb).tolist())
    return _encoded(mixed, profile.curves, depth)


def holds_srgb(profile: IccProfile) -> bool:
    """Return whether every color of sRGB has a place in an RGB profile; else L* would move."""
    corners = _CORNERS @ np.linalg.inv(profile.to_linear_srgb).T
    return bool(corners.min() >= -_ROOM and corners.max() <= 1 + _ROOM)


def _encoded(linear: pyvips.Image, curves: NDArray[np.float64], depth: int) -> pyvips.Image:
    # 65,536 levels of linear light are 0.007 of L* apart from their middle at most.
    levels = (linear * _LEVELS).rint().cast("ushort")
    light = np.linspace(0, 1, _LEVELS + 1)[None]
    largest = 255 if depth == 8 else _LEVELS
    codes = np.concatenate([_encode(curve, light) for curve in curves]) * largest
    table = np.rint(codes).astype(np.uint8 if depth == 8 else np.uint16)
    return levels.maplut(_table(table)).copy(interpretation="srgb" if depth == 8 else "rgb16")


def _encode(curve: NDArray[np.float64], light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a curve: linear light to codes in [0, 1]."""
    return np.interp(light, curve, np.linspace(0, 1, len(curve)))


def _table(rows: NDArray[np.float32 | np.uint8 | np.uint16]) -> pyvips.Image:
    """Make a lookup table of libvips of (bands, levels)."""
    return from_array(np.ascontiguousarray(rows.T)[None])
