"""Files and bytes of files: opened, colored, written, and told of."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import pyvips

from autochrome import __version__
from autochrome.errors import OutputError
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
from autochrome.pipeline.pages import encode_pages, write_pages, written_pages
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
    if destination.exists() and destination.samefile(source):
        raise OutputError(f"{destination} is the photograph itself", "Choose another output")
    done = ColorizeResult(
        source, destination, photo.width, photo.height, colorizer.manifest.name, _warnings(photo)
    )
    coloring = _Coloring(colorizer, options)
    if coloring.leaves_all(written_pages(photo, destination.suffix, max_megapixels)):
        return replace(done, source_color=coloring.source_color, skipped=IN_COLOR)
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
        source_color=coloring.source_color,
        reduced_share=fmean(coloring.reduced_shares),
        pages=written.pages,
        lost_metadata=written.lost_metadata,
        warnings=(*done.warnings, *coloring.warnings, *written.warnings),
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
    coloring = _Coloring(colorizer, options)
    if coloring.leaves_all(written_pages(photo, suffix, max_megapixels)) and kept:
        return data
    writing = writing_options(options, colorizer.manifest)
    colored = encode_pages(photo, suffix, coloring.color, writing, max_megapixels=max_megapixels)
    for warning in (*_warnings(photo), *coloring.warnings):
        logger.warning(warning)
    return colored


def _format(suffix: str) -> str:
    suffix = suffix.lower()
    return {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix, suffix)


class _Coloring:
    """Colors page after page, and keeps what is known of each, but no pixels."""

    def __init__(self, colorizer: Colorizer, options: ColorizeOptions) -> None:
        self._colorizer = colorizer
        self._options = options
        self._in_color: set[int] = set()  # numbers of pages, which are left as they are
        self.source_color: SourceColor | None = None  # of the first page
        self.reduced_shares: list[float] = []
        self.warnings: list[str] = []

    def leaves_all(self, pages: Iterable[Photo]) -> bool:
        """Tell whether all pages are in color already and to be left so; others are remembered."""
        if not self._options.skip_color:
            return False
        found = {page.page: self._colorizer.source_color(page) for page in pages}
        self.source_color = next(iter(found.values()))
        self._in_color = {number for number, color in found.items() if color.kind == "color"}
        if 0 < len(self._in_color) < len(found):
            self.warnings.append(
                f"In color already, and left so: {len(self._in_color)} of {len(found)} pages"
            )
        return len(self._in_color) == len(found)

    def color(self, page: Photo) -> pyvips.Image | None:
        """Color a page; None if it is to be left as it is."""
        if page.page in self._in_color:
            return None
        colored = self._colorizer.color(page, self._options_of(page))
        self.source_color = self.source_color or colored.source_color
        self.reduced_shares.append(colored.reduced_share)
        return colored.image

    def _options_of(self, page: Photo) -> ColorizeOptions:
        """Keep hints to the first page of a TIFF: others have other things in their places."""
        if not self._options.hints or page.suffix != ".tif" or page.page == page.pages[0]:
            return self._options
        warning = f"The hints color the first of the {len(page.pages)} pages"
        if warning not in self.warnings:
            self.warnings.append(warning)
        return replace(self._options, hints=())


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
