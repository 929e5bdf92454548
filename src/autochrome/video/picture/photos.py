"""Photographs that follow each other: colored as single ones are, but steadily.

There is no codec here, and so no Y'CbCr: L* of each is kept as exactly as that of a photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.photo import Photo, to_stored
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.join import join_color
from autochrome.video.steady.colors import steady_colors
from autochrome.video.steady.scene import Retouch


def color_photos(
    colorizer: Colorizer,
    photos: Iterable[Photo],
    options: ColorizeOptions,
    retouch: Retouch | None = None,
) -> Iterator[tuple[Photo, pyvips.Image, int]]:
    """Color photographs of one size, in the order in which they are seen.

    Parameters
    ----------
    retouch : what a person asks of the color of key frames.

    Yields
    ------
    Each photograph, its colored image, lazy, as it is stored (see `join_color`), and its scene.

    Raises
    ------
    UsageError
        If one has another size than the first.
    """
    photos = iter(photos)
    first = next(photos, None)
    if first is None:
        return
    full = first.upright_size
    size = colorizer.working_size(*full, options.working_side)

    def seen(photo: Photo) -> tuple[Photo, NDArray[np.float32]]:
        if photo.upright_size != full:
            (height, width), (first_height, first_width) = photo.upright_size, full
            raise UsageError(
                f"{photo.name} is {width} x {height}, the frames before it are "
                f"{first_width} x {first_height}",
                "Give frames of one size",
            )
        return photo, photo.read_lightness(*size)

    def in_order() -> Iterator[tuple[Photo, NDArray[np.float32]]]:
        yield seen(first)
        yield from map(seen, photos)

    for photo, color in steady_colors(colorizer, in_order(), full, options, retouch=retouch):
        pixels = photo.read(deep=options.profile != "srgb")
        stored = to_stored(color.coefficients, photo.orientation)
        yield photo, join_color(pixels, stored, options.strength), color.scene
