"""ICC profiles that are a curve and a matrix, exactly.

The color engine of libvips answers 16-bit questions from a coarse table, which moves L* by up
to 0.4 in the dark. Nearly all profiles of RGB and gray photographs are a few numbers instead
(ICC.1:2022, 8.3 and 10): with these the conversion is exact.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyvips
from numpy.typing import NDArray

_MOST_TAGS = 200
_GRID = np.linspace(0, 1, 65536)


@dataclass(frozen=True, eq=False)
class IccProfile:
    """A gray or RGB profile.

    Parameters
    ----------
    curves : (1 or 3, 65536) linear light in [0, 1] of evenly spaced codes; never falls.
    to_xyz : (3, 3) from linear RGB to XYZ under D50; None for gray.
    """

    curves: NDArray[np.float64]
    to_xyz: NDArray[np.float64] | None

    @property
    def to_linear_srgb(self) -> NDArray[np.float64]:
        """(3, 3) from linear RGB of this profile to linear sRGB; neutral stays neutral."""
        srgb = built_in("srgb").to_xyz
        assert srgb is not None
        assert self.to_xyz is not None
        matrix = np.linalg.solve(srgb, self.to_xyz)
        neutral: NDArray[np.float64] = matrix / matrix.sum(axis=1, keepdims=True)
        return neutral


def parse_profile(data: bytes, space: bytes) -> IccProfile | None:
    """Read a profile of a color space (``b"RGB "`` or ``b"GRAY"``).

    Returns None for one of another space, one made of tables, and one that is damaged.
    """
    try:
        tags = _tags(data)
        if data[16:20] != space or b"A2B0" in tags or data[20:24] != b"XYZ ":
            return None
        names = (b"kTRC",) if space == b"GRAY" else (b"rTRC", b"gTRC", b"bTRC")
        with np.errstate(all="ignore"):  # what is not finite is found below
            curves = np.stack([_curve(tags[name]) for name in names])
        to_xyz = None
        if space == b"RGB ":
            to_xyz = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
            np.linalg.inv(to_xyz)
    except (KeyError, ValueError, struct.error, np.linalg.LinAlgError, IndexError):
        return None
    sound = np.isfinite(curves).all() and (np.diff(curves) >= 0).all() and curves[:, -1].min() > 0.5
    return IccProfile(curves, to_xyz) if sound else None


def built_in_bytes(name: str) -> bytes:
    """Return a profile that comes with libvips: "srgb" or "p3"."""
    data: bytes = pyvips.Operation.call("profile_load", name)
    return data


@lru_cache(2)
def built_in(name: str) -> IccProfile:
    """Return a profile that comes with libvips: "srgb" or "p3"."""
    profile = parse_profile(built_in_bytes(name), b"RGB ")
    assert profile is not None
    return profile


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack(">I", data[128:132])
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    tags = {}
    for start in range(132, 132 + 12 * count, 12):
        name, offset, size = struct.unpack(">4sII", data[start : start + 12])
        tags[name] = data[offset : offset + size]
    return tags


def _fixed(data: bytes) -> NDArray[np.float64]:
    return np.frombuffer(data, ">i4") / 65536


def _xyz(tag: bytes) -> NDArray[np.float64]:
    if tag[:4] != b"XYZ ":
        raise ValueError("not XYZ")
    return _fixed(tag[8:20])


def _curve(tag: bytes) -> NDArray[np.float64]:
    """Tabulate a curve from codes to linear light."""
    if tag[:4] == b"para":
        return _parametric(struct.unpack(">H", tag[8:10])[0], _fixed(tag[12 : len(tag) // 4 * 4]))
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack(">I", tag[8:12])
    if count == 0:
        return _GRID
    points = np.frombuffer(tag[12 : 12 + 2 * count], ">u2")
    if len(points) < count:
        raise ValueError("cut short")
    if count == 1:
        return np.asarray(_GRID ** (points[0] / 256))
    return np.interp(_GRID, np.linspace(0, 1, count), points / 65535)


def _parametric(kind: int, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tabulate one of the five functions of ICC.1:2022, table 68."""
    count = (1, 3, 4, 5, 7)[kind]
    g, a, b, c, d, e, f = np.pad(parameters[:count], (0, 7 - count))
    if kind == 0:
        return np.asarray(_GRID**g)
    if kind in (1, 2):  # X >= -b / a; c is what they add
        d, e, f, c = -b / a, c, c, 0.0
    power = np.clip(a * _GRID + b, 0, None) ** g + e
    return np.asarray(np.clip(np.where(d > _GRID, c * _GRID + f, power), 0, 1))
