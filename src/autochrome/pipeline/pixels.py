"""Photographs that are in memory already: NumPy arrays and Pillow images."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.photo import Photo, photo_from_array
from autochrome.photo.pillow import pillow_orientation, pillow_pixels

if TYPE_CHECKING:
    from PIL.Image import Image


def array_to_photo(pixels: NDArray[Any], max_megapixels: float) -> Photo:
    """Take (H, W) or (H, W, 1 to 4) pixels: gray, gray + alpha, RGB or RGBA.

    Raises
    ------
    UsageError
        If the shape, the type or a value cannot be a photograph's.
    """
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or not 1 <= bands <= 4 or pixels.size == 0:
        raise UsageError(
            f"A photograph is (H, W) or (H, W, 1 to 4), got an array of shape {pixels.shape}"
        )
    pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if pixels.dtype.kind == "f":
        if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
            raise UsageError("Floating point pixels must be in [0, 1]", "Divide by their largest")
        pixels = np.rint(pixels.astype(np.float64) * 65535).astype(np.uint16)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"Pixels must be uint8, uint16 or floating point, got {pixels.dtype}")
    return photo_from_array(pixels, max_megapixels=max_megapixels)


def pixels_like(colored: NDArray[Any], original: NDArray[Any]) -> NDArray[Any]:
    """Give colored uint8 or uint16 pixels the type and range of the original ones."""
    if original.dtype.kind == "f":
        return (colored / 65535).astype(original.dtype)
    return colored.astype(original.dtype, copy=False)


def is_pillow(photo: object) -> TypeGuard[Image]:
    """Return whether this is a Pillow image, without importing Pillow."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(photo, module.Image)


def pillow_to_photo(image: Image, max_megapixels: float) -> Photo:
    """Take a Pillow image of any mode, with its orientation and its ICC profile."""
    if image.mode in ("I", "F"):
        raise UsageError(
            f"A Pillow image of mode {image.mode} has no fixed range",
            "Convert it to L, I;16 or RGB first",
        )
    try:
        image.load()
    except OSError as error:
        raise UnreadablePhotoError(f"The Pillow image cannot be decoded: {error}") from error
    pixels, icc_profile = pillow_pixels(image)
    return photo_from_array(
        pixels,
        orientation=pillow_orientation(image),
        icc_profile=icc_profile,
        max_megapixels=max_megapixels,
    )


def pillow_like(colored: NDArray[Any], original: Image) -> Image:
    """Make a Pillow image, RGB or RGBA at 8 bits (Pillow has no deeper color)."""
    from PIL import Image

    if colored.dtype == np.uint16:
        colored = np.rint(colored / 257).astype(np.uint8)
    result = Image.fromarray(colored)
    result.info = {key: value for key, value in original.info.items() if key != "icc_profile"}
    return result
