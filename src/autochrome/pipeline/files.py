"""Files and bytes of files: opened, colored, written, and told of."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import pyvips

from autochrome import __version__
from autochrome.models import Manifest
from autochrome.photo import (
    Photo,
    Provenance,
    WriteOptions,
    check_destination,
    check_format,
    is_ours,
    open_photo,
)
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.pages import encode_pages, write_pages
from autochrome.pipeline.source_color import IN_COLOR, SourceColor

if TYPE_CHECKING:
    from autochrome.pipeline.colorizer import Colorizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ColorizeResult:
    """What became of one photograph.

    Parameters
    ----------
    source, destination : where it was read and written; if it was skipped, nothing was written.
    width, height : its size in pixels; of several pages, that of the first.
    model : which made its color.
    warnings : what a person should know.
    seconds : how long it took.
    source_color : whether it was in color before.
    reduced_share : of its pixels, in [0, 1], how many have less chroma than was predicted, because
        sRGB has no such color at their L*; measured on the small picture that the network saw.
    pages : how many pages or frames were written.
    lost_metadata : what the format could not hold.
    skipped : why nothing was written; empty if it was.
    """

    source: Path
    destination: Path
    width: int
    height: int
    model: str
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    source_color: SourceColor | None = None
    reduced_share: float = 0.0
    pages: int = 1
    lost_metadata: tuple[str, ...] = ()
    skipped: str = ""


def colorize_file(
    colorizer: Colorizer,
    source: Path,
    destination: Path,
    options: ColorizeOptions,
    *,
    overwrite: bool,
    max_megapixels: float,
) -> ColorizeResult:
    """Color one file into another; see `Colorizer.colorize_file`."""
    ColorizeOptions.check(options)
    start = time.perf_counter()
    photo = open_photo(source, max_megapixels=max_megapixels)
    check_destination(destination, photo.height, photo.width, overwrite=overwrite)
    done = ColorizeResult(
        source, destination, photo.width, photo.height, colorizer.manifest.name, _warnings(photo)
    )
    if options.skip_color:
        source_color = colorizer.source_color(photo)
        if source_color.kind == "color":
            return replace(done, source_color=source_color, skipped=IN_COLOR)
    coloring = _Coloring(colorizer, options)
    written = write_pages(
        photo,
        destination,
        coloring.color,
        writing_options(options, colorizer.manifest),
        overwrite=overwrite,
        max_megapixels=max_megapixels,
    )
    return replace(
        done,
        seconds=time.perf_counter() - start,
        source_color=coloring.source_colors[0],
        reduced_share=fmean(coloring.reduced_shares),
        pages=written.pages,
        lost_metadata=written.lost_metadata,
        warnings=done.warnings + written.warnings,
    )


def colorize_bytes(
    colorizer: Colorizer,
    data: bytes,
    suffix: str | None,
    options: ColorizeOptions,
    *,
    max_megapixels: float,
) -> bytes:
    """Color an encoded photograph; see `Colorizer.colorize_bytes`."""
    ColorizeOptions.check(options)
    photo = open_photo(data, max_megapixels=max_megapixels)
    kept = suffix is None or (photo.writable and _format(suffix) == photo.suffix)
    suffix = suffix or photo.suffix
    check_format(suffix, photo.height, photo.width)
    for warning in _warnings(photo):
        logger.warning(warning)
    if options.skip_color and colorizer.source_color(photo).kind == "color":
        if kept:
            return data
        unmarked = replace(options.writing, mark=False)
        return encode_pages(photo, suffix, _uncolored, unmarked, max_megapixels=max_megapixels)
    writing = writing_options(options, colorizer.manifest)
    color = _Coloring(colorizer, options).color
    return encode_pages(photo, suffix, color, writing, max_megapixels=max_megapixels)


def _format(suffix: str) -> str:
    suffix = suffix.lower()
    return {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix, suffix)


def _uncolored(page: Photo) -> pyvips.Image:
    """Return the pixels as they are, with three bands for color whether or not there is any."""
    return (image := page.read()).colourspace("srgb" if image.format == "uchar" else "rgb16")


class _Coloring:
    """Colors page after page, and keeps what is known of each, but no pixels."""

    def __init__(self, colorizer: Colorizer, options: ColorizeOptions) -> None:
        self._colorizer = colorizer
        self._options = options
        self.source_colors: list[SourceColor] = []
        self.reduced_shares: list[float] = []

    def color(self, page: Photo) -> pyvips.Image:
        colored = self._colorizer.color(page, self._options)
        self.source_colors.append(colored.source_color)
        self.reduced_shares.append(colored.reduced_share)
        return colored.image


def writing_options(options: ColorizeOptions, manifest: Manifest) -> WriteOptions:
    """Return how to write a file, and what is said in it of what colored it."""
    if not options.provenance:
        return options.writing
    provenance = Provenance(
        version=__version__,
        model=manifest.name,
        model_version=manifest.version,
        weights_sha256=manifest.weights.sha256,
    )
    return replace(options.writing, provenance=provenance)


def _warnings(photo: Photo) -> tuple[str, ...]:
    if not is_ours(photo.metadata.xmp):
        return ()
    return (f"{photo.name} was colored by Autochrome before: use the original, if you have it",)
