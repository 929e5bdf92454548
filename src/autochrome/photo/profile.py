"""From whatever a file holds to sRGB, and to lightness.

After `to_srgb` an image is one of four kinds: ``b-w`` or ``srgb`` (8 bit), ``grey16`` or
``rgb16`` (16 bit), each with an alpha band or without.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import pyvips

from autochrome.color import linear_rgb_to_lab, srgb_to_linear
from autochrome.color.spaces import RGB_TO_XYZ
from autochrome.photo.arrays import from_array
from autochrome.photo.convert import is_srgb, to_srgb16
from autochrome.photo.icc import parse_profile

_KINDS_8, _KINDS_16 = ("b-w", "srgb"), ("grey16", "rgb16")
_MEASURED = (
    "lab",
    "labs",
    "xyz",
    "scrgb",
    "lch",
)  # color whose numbers have a meaning of their own
_ICC = "icc-profile-data"


def to_srgb(image: pyvips.Image, *, deep: bool = False) -> pyvips.Image:
    """Convert to sRGB, lazily; the embedded ICC profile is honored.

    A gray photograph without a profile stays gray. Floating point is linear light. Whatever has
    to be converted becomes 16 bits, so that it is rounded once, when the result is written;
    what is sRGB or gray already keeps its depth unless it shall be `deep`.
    """
    image = _name_kind(image)
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", embedded=True, input_profile="cmyk", depth=16)
    if image.interpretation not in _KINDS_8 + _KINDS_16:
        return image.colourspace("rgb16")
    if image.get_typeof(_ICC):
        image = _honor_profile(image)
    return to_deep(image) if deep else image


def to_deep(image: pyvips.Image) -> pyvips.Image:
    """Make 16 bits of an image from `to_srgb`."""
    if image.format != "uchar":
        return image
    kind = _KINDS_16[_KINDS_8.index(str(image.interpretation))]
    # Not colourspace(), which leaves the lower byte empty: white would be a little gray.
    return (image * 257).cast("ushort").copy(interpretation=kind)


def to_depth(image: pyvips.Image, depth: int) -> pyvips.Image:
    """Round 16 bits to 8 where 8 are wanted."""
    if depth == 16 or image.format == "uchar":
        return image
    kind = _KINDS_8[_KINDS_16.index(str(image.interpretation))]
    return (image / 257).rint().cast("uchar").copy(interpretation=kind)


def is_gray(image: pyvips.Image) -> bool:
    """Return whether an image from `to_srgb` has one color band."""
    return image.interpretation in ("b-w", "grey16")


def split_alpha(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """Split an image from `to_srgb` into its color and its alpha, if it has one."""
    num_colors = 1 if is_gray(image) else 3
    if image.bands == num_colors:
        return image, None
    return image.extract_band(0, n=num_colors), image[num_colors]


def lightness(color: pyvips.Image) -> pyvips.Image:
    """Compute L* in [0, 100] of an image without alpha from `to_srgb`, lazily."""
    if not is_gray(color):
        if color.format != "uchar":
            return color.colourspace("lab")[0]
        light, l_star = _lightness_tables()
        return color.maplut(light).bandmean().cast("ushort").maplut(l_star)
    levels = pyvips.Image.identity(ushort=color.format == "ushort")
    table = levels.copy(interpretation=color.interpretation).colourspace("lab")[0]
    return color.maplut(table)


@cache
def _lightness_tables() -> tuple[pyvips.Image, pyvips.Image]:
    """Tabulate what 8-bit R, G and B add to luminance, and L* over 16-bit luminance.

    Exact to 0.01, in a third of the time of a conversion to Lab.
    """
    linear = srgb_to_linear(np.arange(256) / 255)[:, None]
    share = RGB_TO_XYZ[1] / RGB_TO_XYZ[1].sum()
    # Three bands are averaged, and the average is then cut to an integer.
    light = (3 * 65535 * linear * share + 0.5).astype(np.float32)
    gray = np.linspace(0, 1, 65536)[:, None].repeat(3, axis=1)
    l_star = linear_rgb_to_lab(gray)[:, 0].astype(np.float32)
    return from_array(light[None]), from_array(l_star[None])


def _name_kind(image: pyvips.Image) -> pyvips.Image:
    """Give bands without a meaning one, and take floating point for linear light."""
    if image.interpretation in _MEASURED:
        return image
    if image.format in ("float", "double"):
        if image.bands < 3:  # scRGB has three bands; alpha, if any, comes last
            image = image[0].bandjoin(image[0]).bandjoin(image)
        return image.cast("float").copy(interpretation="scrgb")
    if image.interpretation == "cmyk":
        return image
    names = _KINDS_8 if image.format == "uchar" else _KINDS_16
    return image.copy(interpretation=names[image.bands >= 3])


def _honor_profile(image: pyvips.Image) -> pyvips.Image:
    profile = parse_profile(cast("bytes", image.get(_ICC)), b"GRAY" if is_gray(image) else b"RGB ")
    if profile is None:  # tables, or one that does not fit, which libvips passes over
        return image if _means_srgb(image) else image.icc_transform("srgb", embedded=True, depth=16)
    if is_srgb(profile, 8 if image.format == "uchar" else 16):
        return image
    color, alpha = split_alpha(image)
    converted = to_srgb16(color, profile)
    if alpha is None:
        return converted
    alpha = alpha if image.format == "ushort" else alpha * 257
    joined = converted.bandjoin(alpha.cast("ushort"))
    return joined.copy(interpretation=converted.interpretation)


def _means_srgb(image: pyvips.Image) -> bool:
    """Return whether the embedded profile changes no color visibly: try it on a color cube."""
    cube = pyvips.Image.identity(bands=1)
    if not is_gray(image):
        axis = pyvips.Image.xyz(16, 256)  # two bands: x, y
        x, y = axis[0], axis[1]
        cube = (x * 17).bandjoin((y % 16) * 17).bandjoin((y / 16).floor() * 17).cast("uchar")
    cube = cube.copy(interpretation="b-w" if is_gray(image) else "srgb")
    cube.set_type(pyvips.GValue.blob_type, _ICC, image.get(_ICC))
    changed = cube.icc_transform("srgb", embedded=True)
    largest: Any = (changed - cube).abs().max()
    return bool(largest <= 1)
