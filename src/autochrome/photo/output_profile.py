"""The color space of a result: sRGB, Display P3, or the one that the photograph came in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import pyvips

from autochrome.photo.profile import color_cube, to_depth
from autochrome.photo.read import Photo

Profile = Literal["srgb", "p3", "keep"]

_ICC = "icc-profile-data"
_KIND_AT, _RGB = slice(16, 20), b"RGB "  # of a profile's header
_SMALLEST_SHIFT = 2 / 255  # of a color that goes into a profile and comes back


def in_profile(image: pyvips.Image, photo: Photo, profile: Profile, depth: int) -> pyvips.Image:
    """Convert a result from sRGB, lazily, round it to `depth` bits and embed the profile.

    Parameters
    ----------
    image : sRGB of 8 or 16 bits; 16 where something else than sRGB is wanted.
    photo : the photograph it was made from, which says what "keep" means. A profile that is not
        RGB, or that cannot hold the colors of sRGB (their L* would move), means sRGB.
    profile : the color space.
    depth : 8 or 16.
    """
    if profile == "p3":
        return _converted(image, "p3", depth)
    own = photo.profile() if profile == "keep" else None
    if own and _is_fit(own):
        with _as_file(own) as name:
            return _converted(image, name, depth)
    image = to_depth(image, depth).copy()
    image.set_type(pyvips.GValue.blob_type, _ICC, cast("Any", _srgb()))
    return image


def _converted(image: pyvips.Image, profile: str, depth: int) -> pyvips.Image:
    return image.icc_transform(profile, input_profile="srgb", depth=depth)


def _is_fit(profile: bytes) -> bool:
    """Return whether the colors of sRGB survive a profile: those of a camera often go in only."""
    if profile[_KIND_AT] != _RGB:
        return False
    cube = color_cube()
    try:
        with _as_file(profile) as name:
            there = _converted(cube, name, 16)
            back = there.icc_transform("srgb", input_profile=name, depth=16)
            shift: Any = (back / 65535 - cube / 255).abs().max()
    except pyvips.Error:
        return False
    return bool(shift <= _SMALLEST_SHIFT)


@contextmanager
def _as_file(profile: bytes) -> Iterator[str]:
    """Give a profile a name while libvips loads it."""
    with tempfile.NamedTemporaryFile(suffix=".icc", delete=False) as file:
        file.write(profile)
    try:
        yield file.name
    finally:
        Path(file.name).unlink()


@cache
def _srgb() -> bytes:
    profile: bytes = pyvips.Operation.call("profile_load", "srgb")
    return profile
