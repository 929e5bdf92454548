"""sRGB and CIE Lab (D65, 2 degree observer), exact on neutrals.

The white point is the row sums of the RGB -> XYZ matrix, so that R = G = B gives
a = b = 0 up to rounding; a rounded D65 white leaves a tint of a few thousandths.

Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Linear sRGB to XYZ, D65, Y of white = 1 (derived from the sRGB primaries)."""

XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
WHITE = RGB_TO_XYZ.sum(axis=1)

# CIE 15: f(t) is a cube root above (6/29)^3 and its tangent below.
_DELTA = 6 / 29


def as_float(values: ArrayLike) -> NDArray[np.floating]:
    """Keep float32 and float64, make everything else float64."""
    array = np.asarray(values)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def srgb_to_linear(rgb: ArrayLike) -> NDArray[np.floating]:
    """Undo the sRGB transfer curve; any shape, values in [0, 1]."""
    rgb = as_float(rgb)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: ArrayLike) -> NDArray[np.floating]:
    """Apply the sRGB transfer curve; any shape, values in [0, 1] (negatives stay linear)."""
    linear = as_float(linear)
    return np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    )


def _cube_root_curve(t: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.where(t > _DELTA**3, np.cbrt(t), t / (3 * _DELTA**2) + 4 / 29)


def _inverse_cube_root_curve(f: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))


def luminance_to_lightness(luminance: ArrayLike) -> NDArray[np.floating]:
    """Convert luminance Y, of which white has 1, to L* in [0, 100]; any shape."""
    return np.asarray(116 * _cube_root_curve(as_float(luminance)) - 16)


def lightness_to_luminance(lightness: ArrayLike) -> NDArray[np.floating]:
    """Convert L* in [0, 100] to luminance Y, of which white has 1; any shape."""
    return _inverse_cube_root_curve((as_float(lightness) + 16) / 116)


def linear_rgb_to_lab(linear: ArrayLike) -> NDArray[np.floating]:
    """Convert linear-light sRGB to Lab; see `rgb_to_lab`."""
    linear = as_float(linear)
    dtype = linear.dtype
    # Row-normalised matrix: equal R, G, B give three equal ratios to white.
    matrix = (RGB_TO_XYZ / WHITE[:, None]).astype(dtype)
    f = _cube_root_curve(linear @ matrix.T)
    lab = np.empty_like(f)
    lab[..., 0] = 116 * f[..., 1] - 16
    lab[..., 1] = 500 * (f[..., 0] - f[..., 1])
    lab[..., 2] = 200 * (f[..., 1] - f[..., 2])
    return lab


def rgb_to_lab(rgb: ArrayLike) -> NDArray[np.floating]:
    """Convert sRGB to Lab.

    Parameters
    ----------
    rgb : (..., 3) float in [0, 1].

    Returns
    -------
    (..., 3) L* in [0, 100], a* and b* in CIELAB units; float32 in, float32 out.
    """
    return linear_rgb_to_lab(srgb_to_linear(rgb))


def rgb8_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert 8-bit sRGB (..., 3) to Lab; see `rgb_to_lab`."""
    return rgb_to_lab(rgb.astype(np.float32) / 255).astype(np.float32, copy=False)


def lab_to_linear_rgb(lab: ArrayLike) -> NDArray[np.floating]:
    """Convert Lab to linear-light sRGB, unclipped: outside [0, 1] means out of gamut."""
    lab = as_float(lab)
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = _inverse_cube_root_curve(f)
    matrix = (XYZ_TO_RGB * WHITE).astype(f.dtype)
    return np.asarray(xyz @ matrix.T)


def lab_to_rgb(lab: ArrayLike) -> NDArray[np.floating]:
    """Convert Lab to sRGB; (..., 3) to (..., 3), unclipped.

    Values outside [0, 1] mean the color is outside sRGB; `reduce_chroma` brings it inside
    without moving L*, clipping does not.
    """
    return linear_to_srgb(lab_to_linear_rgb(lab))
