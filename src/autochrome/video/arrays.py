"""NumPy frames in, NumPy frames in color out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.photo import MAX_MEGAPIXELS, Photo, photo_from_array, to_array
from autochrome.photo.failure import reading
from autochrome.photo.profile import to_depth
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.video.picture.photos import color_photos


def colorize_frames(
    frames: Iterable[NDArray[Any]],
    options: ColorizeOptions | None = None,
    *,
    colorizer: Colorizer | None = None,
) -> Iterator[NDArray[Any]]:
    """Color frames that are arrays, lazily and steadily.

    L* is kept as that of a photograph is: there is no Y'CbCr in between.

    Parameters
    ----------
    frames : (H, W) gray or (H, W, 3) sRGB, uint8 or uint16; one size and one type for all.
    options : how to decode; of its fields those about files do not count.
    colorizer : opened beforehand; None opens the default one.

    Yields
    ------
    (H, W, 3) sRGB of the same type, as many as there are frames and in their order. Each comes
    once its color is settled, about a dozen frames later than it was taken.

    Raises
    ------
    UsageError
        If a frame has another shape or type, or the options are something else.
    """
    options = ColorizeOptions() if options is None else options
    ColorizeOptions.check(options)
    options = replace(options, profile="srgb")
    colorizer = colorizer or Colorizer.open()
    for photo, image, _ in color_photos(colorizer, _photos(frames), options):
        with reading(photo.name):
            yield to_array(to_depth(image, photo.depth))


def _photos(frames: Iterable[NDArray[Any]]) -> Iterator[Photo]:
    first: np.dtype[Any] | None = None
    for number, frame in enumerate(frames):
        frame = np.asarray(frame)
        frame = frame.astype(frame.dtype.newbyteorder("="), copy=False)
        if frame.shape[2:] not in ((), (3,)) or frame.ndim < 2 or not frame.size:
            raise UsageError(f"A frame is (H, W) or (H, W, 3), frame {number} is {frame.shape}")
        if frame.dtype not in (np.uint8, np.uint16):
            raise UsageError(f"A frame is uint8 or uint16, frame {number} is {frame.dtype}")
        if first is not None and frame.dtype != first:
            raise UsageError(f"Frame {number} is {frame.dtype}, the frames before it are {first}")
        first = frame.dtype
        photo = photo_from_array(frame, max_megapixels=MAX_MEGAPIXELS)
        yield replace(photo, name=f"frame {number}")
