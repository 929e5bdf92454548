"""What is in Pillow images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autochrome.photo.decoded import Decoded

if TYPE_CHECKING:
    from PIL.Image import Image

_EXIF_ORIENTATION = 0x0112


def pillow_pixels(image: Image) -> tuple[NDArray[Any], bytes | None]:
    """Return the pixels of any mode but F, and the ICC profile that describes them.

    (H, W) or (H, W, 1 to 4) uint8 or uint16: gray, gray + alpha, RGB or RGBA.
    """
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits, or 16 bits in 32
        return np.asarray(image).astype(np.uint16), profile
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        return np.asarray(image.convert("RGB")), None  # it described the ink, not this RGB
    transparent = image.has_transparency_data
    gray = image.mode in ("1", "L", "LA", "La")
    mode = ("LA" if transparent else "L") if gray else ("RGBA" if transparent else "RGB")
    return np.asarray(image.convert(mode)), profile


def pillow_orientation(image: Image) -> int:
    """Return the EXIF orientation."""
    orientation: int = image.getexif().get(_EXIF_ORIENTATION, 1)
    return orientation


def pillow_decoded(image: Image) -> Decoded:
    """Copy a Pillow image, with its orientation, its profile and its resolution."""
    pixels, profile = pillow_pixels(image)
    across, down = image.info.get("dpi", (0, 0))
    return Decoded(
        pixels=pixels,
        icc_profile=profile,
        orientation=pillow_orientation(image),
        resolution=(float(across) / 25.4, float(down) / 25.4) if across and down else None,
    )
