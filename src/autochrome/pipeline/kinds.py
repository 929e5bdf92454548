"""The kinds of things a photograph can be; the same kind comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.photo import Photo, to_array
from autochrome.photo.failure import reading
from autochrome.photo.naming import result_name, variant_path
from autochrome.photo.profile import to_depth
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.pixels import (
    array_to_photo,
    is_pillow,
    pillow_like,
    pillow_to_photo,
    pixels_like,
)
from autochrome.pipeline.variants import Variant

if TYPE_CHECKING:
    from autochrome.pipeline.colorizer import Colorizer


def colorize_any(
    colorizer: Colorizer,
    photo: Any,
    options: ColorizeOptions,
    *,
    output: str | Path | None,
    overwrite: bool,
    max_megapixels: float,
) -> Any:
    """Color a path, bytes, an array or a Pillow image; see `Colorizer.colorize`."""
    ColorizeOptions.check(options)
    if isinstance(photo, (str, Path)):
        source, destination = Path(photo), _destination(photo, output)
        result = colorizer.colorize_file(
            source, destination, options, overwrite=overwrite, max_megapixels=max_megapixels
        )
        return source if result.skipped else destination
    if output is not None:
        raise UsageError("output is for a photograph given as a path")
    if isinstance(photo, bytes):
        return colorizer.colorize_bytes(photo, None, options, max_megapixels=max_megapixels)
    if isinstance(photo, np.ndarray):
        opened = array_to_photo(photo, max_megapixels)
        pixels = _pixels(colorizer, opened, options)
        return photo if pixels is None else pixels_like(pixels, photo)
    if is_pillow(photo):
        opened = pillow_to_photo(photo, max_megapixels)
        pixels = _pixels(colorizer, opened, options)
        return photo if pixels is None else pillow_like(pixels, photo)
    raise UsageError(
        f"Cannot color a {type(photo).__name__}",
        "Give a path, bytes, a NumPy array or a Pillow image",
    )


def variants_of_any(
    colorizer: Colorizer,
    photo: Any,
    count: int,
    options: ColorizeOptions,
    *,
    output: str | Path | None,
    overwrite: bool,
    max_megapixels: float,
) -> list[Any]:
    """Color the versions of a photograph; see `Colorizer.variants`."""
    ColorizeOptions.check(options)
    is_path = isinstance(photo, (str, Path))
    versions = Variant(1, count).siblings
    return [
        colorize_any(
            colorizer,
            photo,
            replace(options, variant=version),
            output=variant_path(_destination(photo, output), version.index) if is_path else output,
            overwrite=overwrite,
            max_megapixels=max_megapixels,
        )
        for version in versions
    ]


def _destination(photo: str | Path, output: str | Path | None) -> Path:
    source = Path(photo)
    if not source.name:
        raise UsageError(f"{str(photo)!r} is not the name of a photograph")
    return Path(output) if output is not None else source.with_name(result_name(source))


def _pixels(colorizer: Colorizer, photo: Photo, options: ColorizeOptions) -> NDArray[Any] | None:
    """Compute the pixels of a photograph in color; None if it is to be left alone."""
    with reading(photo.name):
        if options.skip_color and colorizer.source_color(photo).kind == "color":
            return None
        return to_array(to_depth(colorizer.color(photo, options).image, photo.depth))
