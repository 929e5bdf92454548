"""Encoded bytes to sRGB arrays and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError
from autochrome.shards.extra import import_extra

WEBP_QUALITY = 80
_WEBP_LARGEST_SIDE = 16_383


def decode_rgb(image: bytes, name: str = "image") -> NDArray[np.uint8]:
    """Decode an image to (H, W, 3) uint8 sRGB, upright; grey becomes three equal channels.

    Raises
    ------
    UnreadablePhotoError
        If the bytes are not an image OpenCV can read.
    """
    cv2 = import_extra("cv2")
    bgr = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR) if image else None
    if bgr is None:
        raise UnreadablePhotoError(f"cannot decode {name}", "Is it a complete image file?")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


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
