"""Lightness at full size and predicted color become one photograph, as one lazy graph.

L* of the photograph is kept. Color, small, is enlarged as a linear function of lightness, so that
it changes where lightness does; what is outside sRGB loses chroma at fixed L* and hue,
because clipping RGB instead would move L*.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb, max_chroma, rgb_to_lab
from autochrome.photo import from_array
from autochrome.photo.arrays import resize_image
from autochrome.photo.profile import lightness, split_alpha

_ROWS_PER_L = 2
_COLUMNS_PER_QUADRANT = 90
_VISIBLE = 0.5 / 255
_CLEARLY_MOVED = 0.02  # of L*, by clipping
_STEEP = 4.0  # |a| + |b| across a cell; where it is less, reading between entries is safe
_STEPS = (0.25, 0.5, 0.75)
_INSIDE_CELL = np.array(  # bilinear weights of a cell's corners at nine places in it
    [[(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x] for y in _STEPS for x in _STEPS]
)


def join_color(
    photo: pyvips.Image, color: NDArray[np.float32], strength: float = 1.0
) -> pyvips.Image:
    """Color a photograph, lazily.

    Parameters
    ----------
    photo : an image from `Photo.read`; only its L*, alpha and metadata are used.
    color : (h, w, 4) from `linear_color`, of any size, in the frame in which `photo` is stored.
    strength : how much of the color there is in the end, in [0, 1].

    Returns
    -------
    pyvips.Image
        sRGB, at the size and depth (8 or 16 bit) of `photo`, with its alpha and metadata.
    """
    pixels, alpha = split_alpha(photo)
    L = lightness(pixels)
    coefficients = resize_image(from_array(color), photo.height, photo.width)
    # Band by band: libvips is slow at joining bands and at one band against several.
    a, b = (coefficients[band] * L + coefficients[band + 2] for band in (0, 1))
    scale = _chroma_scale(L, a, b)
    if strength != 1:
        scale = scale * strength
    lab = L.bandjoin(a * scale).bandjoin(b * scale).copy(interpretation="lab")
    joined = lab.colourspace("srgb" if photo.format == "uchar" else "rgb16")
    return joined if alpha is None else joined.bandjoin(alpha)


def reduced_share(ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> float:
    """Return the share of pixels, in [0, 1], whose color (H, W, 2) is outside sRGB at L* (H, W)."""
    rgb = lab_to_rgb(np.concatenate([lightness[..., None], ab], axis=-1))
    outside = (rgb < -_VISIBLE) | (rgb > 1 + _VISIBLE)
    return float(outside.any(axis=-1).mean())


def _chroma_scale(l_star: pyvips.Image, a: pyvips.Image, b: pyvips.Image) -> pyvips.Image:
    """Compute the factor in [0, 1] that brings chroma inside sRGB."""
    # Hue is told by a / (|a| + |b|) and the sign of b, an arc tangent would cost twice as much;
    # and so chroma by |a| + |b|. libvips takes x / 0 for 0, which is right where there is no color.
    size = a.abs() + b.abs()
    half = (b + 1e-30).sign()  # so that b = 0 has one too
    column = ((a / size) * -_COLUMNS_PER_QUADRANT + _COLUMNS_PER_QUADRANT) * half
    position = (column + 2 * _COLUMNS_PER_QUADRANT).bandjoin(l_star * _ROWS_PER_L)
    limit = _size_limit().mapim(
        position, interpolate=pyvips.Interpolate.new("bilinear"), extend="copy"
    )
    return (limit / size).clamp()  # to [0, 1]


@cache
def _size_limit() -> pyvips.Image:
    return from_array(size_limit_table())


def size_limit_table() -> NDArray[np.float32]:
    """Tabulate the largest |a| + |b| inside sRGB: rows of L*, columns of hue from -180 degrees.

    Read bilinearly, it is right to a few hundredths nearly everywhere. Where sRGB ends in a cliff
    (at yellow above all) it would overstep, and L* would move: there, and only there, each entry
    is the smallest of its neighborhood.
    """
    L = np.linspace(0, 100, 100 * _ROWS_PER_L + 1)[:, None]
    turn = np.linspace(-2, 2, 4 * _COLUMNS_PER_QUADRANT + 1)
    a = 1 - np.abs(turn)
    b = np.sign(turn) * (1 - np.abs(a))
    table = max_chroma(L, np.arctan2(b, a)) / np.hypot(a, b)
    lowered = np.where(_oversteps(table, L, a, b), _smallest_around(table), table)
    return lowered.astype(np.float32)


def _oversteps(
    table: NDArray[np.float64],
    l_star: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return at which entries a reading in one of the four cells around would move L*."""
    corners = [(slice(i, i - 1 or None), slice(j, j - 1 or None)) for i in (0, 1) for j in (0, 1)]
    around = np.stack([table[corner] for corner in corners])
    steep = np.ptp(around, axis=0) > _STEEP
    values = np.stack(np.broadcast_arrays(table, l_star, a, b))
    size, level, x, y = (
        np.stack([plane[corner][steep] for corner in corners], axis=-1) @ _INSIDE_CELL.T
        for plane in values
    )
    lab = np.stack([level, x * size, y * size], axis=-1)
    moved = np.abs(rgb_to_lab(lab_to_rgb(lab).clip(0, 1))[..., 0] - level)
    bad = np.zeros(steep.shape, dtype=bool)
    bad[steep] = (moved > _CLEARLY_MOVED).any(axis=-1)
    wrong = np.zeros(table.shape, dtype=bool)
    for corner in corners:
        wrong[corner] |= bad
    return wrong


def _smallest_around(table: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(table, 1, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).min(axis=(2, 3)))
