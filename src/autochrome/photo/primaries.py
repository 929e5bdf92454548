"""ICC profiles of color spaces that a file names by numbers: HEIC does.

A matrix and a curve (ICC.1:2022, 8.3.3 and 10.18), the white point adapted to D50 by Bradford's
matrix, as annex E.3 there wants it.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]  # CIE x, y

P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

# Parameters g, a, b, c, d of function 3 of ICC.1:2022, table 68.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_D65 = (0.3127, 0.3290)
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def matrix_profile(primaries: tuple[Point, Point, Point]) -> bytes:
    """Make an RGB profile with the white and the curve of sRGB."""
    to_xyz = _to_xyz(primaries)
    tags = {
        name + b"XYZ": _xyz_tag(column)
        for name, column in zip((b"r", b"g", b"b"), to_xyz.T, strict=True)
    }
    tags |= {name + b"TRC": _curve_tag(_SRGB_CURVE) for name in (b"r", b"g", b"b")}
    return _profile(tags)


def _to_xyz(primaries: tuple[Point, Point, Point]) -> NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ under D50."""
    columns = np.stack([_xyz(point) for point in primaries], axis=1)
    source = _xyz(_D65)
    scaled = columns * np.linalg.solve(columns, source)
    cones = (_BRADFORD @ _D50) / (_BRADFORD @ source)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ scaled
    return adapted


def _xyz(point: Point) -> NDArray[np.float64]:
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))


def _xyz_tag(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(float(value)) for value in values)


def _curve_tag(curve: tuple[float, ...]) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(_fixed, curve))


def _text_tag(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28) + data


def _profile(tags: dict[bytes, bytes]) -> bytes:
    tags = {
        b"desc": _text_tag("Color space named in the photograph"),
        b"cprt": _text_tag("No copyright"),
        b"wtpt": _xyz_tag(_D50),
        **tags,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = bytearray(128)
    struct.pack_into(
        ">I4x4s4s4s4s", head, 0, start + len(body), b"\x04\x40\0\0", b"mntr", b"RGB ", b"XYZ "
    )
    struct.pack_into(">6H4s", head, 24, 2026, 1, 1, 0, 0, 0, b"acsp")
    struct.pack_into(">12s", head, 68, _xyz_tag(_D50)[8:])
    return bytes(head) + table + body
