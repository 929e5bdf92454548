"""A small gray copy of a photograph, upright, for a screen."""

from __future__ import annotations

import math

import numpy as np

from autochrome.color import lab_to_rgb
from autochrome.photo.arrays import from_array
from autochrome.photo.read import Photo

_QUALITY = 95


def preview_size(height: int, width: int, max_pixels: float) -> tuple[int, int]:
    """Return the height and width of a preview: at most `max_pixels`, never enlarged."""
    scale = min(1.0, math.sqrt(max_pixels / (height * width)))
    return max(1, int(height * scale)), max(1, int(width * scale))


def gray_preview(photo: Photo, max_pixels: float) -> bytes:
    """Encode the lightness of a photograph, upright, as a gray JPEG of at most `max_pixels`.

    Raises
    ------
    UnreadablePhotoError, PhotoMemoryError
        As `Photo.read_lab` does.
    """
    lightness = photo.read_lightness(*preview_size(*photo.upright_size, max_pixels))
    lab = np.stack([lightness, np.zeros_like(lightness), np.zeros_like(lightness)], axis=-1)
    gray = np.rint(lab_to_rgb(lab)[..., 0].clip(0, 1) * 255).astype(np.uint8)
    image = from_array(gray).copy(interpretation="b-w")
    return image.jpegsave_buffer(Q=_QUALITY)
