"""Lightness at full size and predicted color become one photograph, as one lazy graph.

L* of the photograph is kept. The small ab picture is enlarged, and colors outside sRGB lose
chroma at fixed L* and hue, because clipping RGB instead would move L*.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.color import max_chroma_table
from autochrome.photo import from_array
from autochrome.photo.arrays import resize_image
from autochrome.photo.profile import lightness, split_alpha

_LIGHTNESS_STEPS_PER_UNIT = 2


def join_color(photo: pyvips.Image, ab: NDArray[np.float32], strength: float = 1.0) -> pyvips.Image:
    """Color a photograph, lazily.

    Parameters
    ----------
    photo : an image from `Photo.read`; only its L*, alpha and metadata are used.
    ab : (h, w, 2) in CIELAB units, of any size, in the frame in which `photo` is stored.
    strength : how much of the color there is in the end, in [0, 1].

    Returns
    -------
    pyvips.Image
        sRGB, at the size and depth (8 or 16 bit) of `photo`, with its alpha and metadata.
    """
    color, alpha = split_alpha(photo)
    L = lightness(color)
    ab_full = resize_image(from_array(ab), photo.height, photo.width)
    chroma_and_hue = _lab(L, ab_full).colourspace("lch")
    chroma, hue = chroma_and_hue[1], chroma_and_hue[2]
    table = _chroma_limit()
    # Column and row in the table: one entry a degree of hue, two a unit of L*.
    position = hue.bandjoin(L * _LIGHTNESS_STEPS_PER_UNIT)
    limit = table.mapim(position, interpolate=pyvips.Interpolate.new("bilinear"), extend="copy")
    # libvips takes x / 0 for 0, which is right here: without chroma there is nothing to scale.
    scale = chroma.minpair(limit) / chroma
    depth = "srgb" if photo.format == "uchar" else "rgb16"
    joined = _lab(L, ab_full * (scale * strength)).colourspace(depth)
    return joined if alpha is None else joined.bandjoin(alpha)


def _lab(l_star: pyvips.Image, ab: pyvips.Image) -> pyvips.Image:
    return l_star.bandjoin(ab).copy(interpretation="lab")


@cache
def _chroma_limit() -> pyvips.Image:
    """Return the largest chroma inside sRGB, never too large: rows of L*, columns of hue.

    The gamut has cliffs (at yellow above all) that a table read bilinearly would overstep.
    Each entry is therefore the smallest of its neighborhood: about 3 % less chroma on the
    boundary, and no color outside.
    """
    table = max_chroma_table(100 * _LIGHTNESS_STEPS_PER_UNIT + 1, 361)
    return from_array(table).rank(3, 3, 0).copy_memory()
