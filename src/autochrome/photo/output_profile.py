"""The color space of a result: sRGB, Display P3, or the one that the photograph came in."""

from __future__ import annotations

from typing import Literal

import pyvips

from autochrome.photo.convert import from_srgb16, holds_srgb
from autochrome.photo.fields import set_blob
from autochrome.photo.icc import built_in_bytes, parse_profile
from autochrome.photo.profile import split_alpha, to_deep, to_depth
from autochrome.photo.read import Photo

Profile = Literal["srgb", "p3", "keep"]


def in_profile(
    image: pyvips.Image, photo: Photo, profile: Profile, depth: int
) -> tuple[pyvips.Image, bool]:
    """Convert a result from sRGB, lazily, round it to `depth` bits and embed the profile.

    Parameters
    ----------
    image : sRGB of 8 or 16 bits, with or without alpha.
    photo : the photograph it was made from, which says what "keep" means; see `kept_profile`.
    profile : the color space.
    depth : 8 or 16.

    Returns
    -------
    The image, and whether it is sRGB.
    """
    data = built_in_bytes("p3") if profile == "p3" else None
    if profile == "keep":
        data = kept_profile(photo)
    parsed = parse_profile(data, b"RGB ") if data else None
    if data is None or parsed is None:
        return _embedded(to_depth(image, depth), built_in_bytes("srgb")), True
    color, alpha = split_alpha(to_deep(image))
    converted = from_srgb16(color, parsed, depth)
    if alpha is not None:
        alpha = alpha if depth == 16 else (alpha / 257).rint().cast("uchar")
        converted = converted.bandjoin(alpha).copy(interpretation=converted.interpretation)
    return _embedded(converted, data), False


def kept_profile(photo: Photo) -> bytes | None:
    """Return the photograph's own profile, if a result can have it.

    It can not if the profile is of gray or CMYK, is made of tables, or does not hold the colors of
    sRGB: their L* would move.
    """
    data = photo.profile()
    parsed = parse_profile(data, b"RGB ") if data else None
    return data if parsed and holds_srgb(parsed) else None


def _embedded(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    set_blob(image, "icc-profile-data", profile)
    return image
