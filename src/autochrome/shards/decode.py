"""Encoded bytes to sRGB arrays and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError
from autochrome.shards.extra import import_extra

WEBP_QUALITY = 80
_WEBP_LARGEST_SIDE = 16_383


def decode_rgb(image: bytes, name: str = "image") -> NDArray[np.uint8]:
    """Decode an image to (H, W, 3) uint8, upright; grey becomes three equal channels.

    The numbers are taken for sRGB as they are: color profiles and transparency are not looked
    at. What comes from a file goes through `read_file` first.

    Raises
    ------
    UnreadablePhotoError
        If the bytes are not an image OpenCV can read, or too many pixels for it.
    """
    cv2 = import_extra("cv2")
    try:
        bgr = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR) if image else None
        if bgr is None:
            raise UnreadablePhotoError(f"cannot decode {name}", "Is it a complete image file?")
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    except cv2.error as error:  # too many pixels for it, or for the memory there is
        raise UnreadablePhotoError(
            f"cannot decode {name}: OpenCV says: {error.err}", "Is it too large? Make it smaller"
        ) from error


def encode_webp(rgb: NDArray[np.uint8], quality: int = WEBP_QUALITY) -> bytes:
    """Encode (H, W, 3) uint8 sRGB as WebP; quality 1..100, 101 is lossless.

    Raises
    ------
    UnreadablePhotoError
        If it is larger than WebP's 16,383 pixels a side.
    """
    cv2 = import_extra("cv2")
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if max(rgb.shape[:2]) > _WEBP_LARGEST_SIDE:
        raise UnreadablePhotoError(f"{rgb.shape[1]} x {rgb.shape[0]} pixels are too many for WebP")
    done, buffer = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
    assert done
    return bytes(buffer)


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) uint8 sRGB, or (H, W, 1) gray, as PNG: fast rather than small."""
    cv2 = import_extra("cv2")
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    done, buffer = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done
    return bytes(buffer)
