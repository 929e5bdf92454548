"""ICC profiles of color spaces that a file names by numbers: HEIC and JPEG XL do.

A matrix and a curve (ICC.1:2022, 8.3.3 and 10.18), the white point adapted to D50 by Bradford's
matrix, as annex E.3 there wants it.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]  # CIE x, y

D65, EQUAL_ENERGY, DCI = (0.3127, 0.3290), (1 / 3, 1 / 3), (0.314, 0.351)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

# Parameters of the functions of ICC.1:2022, table 68: g alone, or g, a, b, c, d.
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# With the constants of BT.2020: those of BT.709 are rounded, so that the curve would fall once.
_ALPHA, _BETA = 1.09929682680944, 0.018053968510807
BT709_CURVE = (1 / 0.45, 1 / _ALPHA, 1 - 1 / _ALPHA, 1 / 4.5, 4.5 * _BETA)

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def matrix_profile(
    primaries: tuple[Point, Point, Point], white: Point, curve: tuple[float, ...]
) -> bytes:
    """Make an RGB profile.

    Raises
    ------
    ValueError
        If the primaries lie on a line.
    """
    to_xyz = _to_xyz(primaries, white)
    tags = {
        name + b"XYZ": _xyz_tag(column)
        for name, column in zip((b"r", b"g", b"b"), to_xyz.T, strict=True)
    }
    tags |= {name + b"TRC": _curve_tag(curve) for name in (b"r", b"g", b"b")}
    return _profile(b"RGB ", tags)


def gray_profile(curve: tuple[float, ...]) -> bytes:
    """Make a gray profile."""
    return _profile(b"GRAY", {b"kTRC": _curve_tag(curve)})


def _to_xyz(primaries: tuple[Point, Point, Point], white: Point) -> NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ under D50."""
    columns = np.stack([_xyz(point) for point in primaries], axis=1)
    source = _xyz(white)
    try:
        scaled = columns * np.linalg.solve(columns, source)
    except np.linalg.LinAlgError as error:
        raise ValueError("its primaries span no colors") from error
    cones = (_BRADFORD @ _D50) / (_BRADFORD @ source)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ scaled
    return adapted


def _xyz(point: Point) -> NDArray[np.float64]:
    x, y = point
    if y <= 0:
        raise ValueError("a primary has no light")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))


def _xyz_tag(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(float(value)) for value in values)


def _curve_tag(curve: tuple[float, ...]) -> bytes:
    kind = 0 if len(curve) == 1 else 3
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(map(_fixed, curve))


def _text_tag(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28) + data


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
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
        ">I4x4s4s4s4s", head, 0, start + len(body), b"\x04\x40\0\0", b"mntr", space, b"XYZ "
    )
    struct.pack_into(">6H4s", head, 24, 2026, 1, 1, 0, 0, 0, b"acsp")
    struct.pack_into(">12s", head, 68, _xyz_tag(_D50)[8:])
    return bytes(head) + table + body
