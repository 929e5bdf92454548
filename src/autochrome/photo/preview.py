"""Gray copies of a photograph, upright, for a screen: all of it small, a part of it as it is."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb
from autochrome.errors import UsageError
from autochrome.photo.arrays import from_array, to_array
from autochrome.photo.failure import reading
from autochrome.photo.orientation import stored_region, to_upright
from autochrome.photo.profile import lightness, split_alpha
from autochrome.photo.read import Photo

_QUALITY = 95
_LEVELS_PER_L = 500  # of a table of gray values, of which none is narrower than 0.27 of L*


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
    return _gray_jpeg(photo.read_lightness(*preview_size(*photo.upright_size, max_pixels)))


def gray_region(photo: Photo, left: int, top: int, width: int, height: int) -> bytes:
    """Encode the lightness of a part of a photograph, at its own pixels, as a gray JPEG.

    Parameters
    ----------
    photo : of one frame.
    left, top, width, height : of the part, in pixels of the upright photograph.

    Raises
    ------
    UsageError
        If not all of the part is inside the photograph.
    UnreadablePhotoError, PhotoMemoryError
        As `Photo.read_lab` does.
    """
    full_height, full_width = photo.upright_size
    is_inside = 0 <= left < left + width <= full_width and 0 <= top < top + height <= full_height
    if not is_inside:
        raise UsageError(
            f"The region {left}, {top}, {width} x {height} is not inside the photograph",
            f"{photo.name} has {full_width} x {full_height} pixels",
        )
    stored = stored_region((left, top, width, height), photo.upright_size, photo.orientation)
    with reading(photo.name):
        color, _ = split_alpha(photo.read().crop(*stored))
        l_star = to_array(lightness(color).cast("float"))[..., 0]
    return _gray_jpeg(to_upright(l_star, photo.orientation))


def _gray_jpeg(l_star: NDArray[np.float32]) -> bytes:
    """Encode L* (H, W) as the gray values of sRGB that have it."""
    gray = _gray_values()[np.rint(l_star.clip(0, 100) * _LEVELS_PER_L).astype(np.uint16)]
    image = from_array(gray).copy(interpretation="b-w")
    return image.jpegsave_buffer(Q=_QUALITY)


@cache
def _gray_values() -> NDArray[np.uint8]:
    """Tabulate the gray values of sRGB, 0 to 255, over L* 0 to 100."""
    lab = np.zeros((100 * _LEVELS_PER_L + 1, 3))
    lab[:, 0] = np.linspace(0, 100, len(lab))
    values: NDArray[np.uint8] = np.rint(lab_to_rgb(lab)[:, 0].clip(0, 1) * 255).astype(np.uint8)
    values.setflags(write=False)
    return values
