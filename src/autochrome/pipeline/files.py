"""Files and bytes of files: opened, colored, written, and told of."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autochrome import __version__
from autochrome.models import Manifest
from autochrome.photo import (
    Photo,
    Provenance,
    WriteOptions,
    check_destination,
    check_format,
    encode,
    is_ours,
    open_photo,
    write,
)
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.source_color import IN_COLOR, SourceColor

if TYPE_CHECKING:
    from autochrome.pipeline.colorizer import Colorizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ColorizeResult:
    """What became of one photograph.

    Parameters
    ----------
    source, destination : where it was read and written.
    width, height : its size in pixels.
    seconds : how long it took.
    model : which made its color.
    source_color : whether it was in color before.
    reduced_share : of its pixels, in [0, 1], how many have less chroma than was predicted, because
        sRGB has no such color at their L*; measured on the small picture that the network saw.
    lost_metadata : what the format could not hold.
    warnings : what a person should know.
    skipped : why nothing was written; empty if it was.
    """

    source: Path
    destination: Path
    width: int
    height: int
    seconds: float
    model: str
    source_color: SourceColor
    reduced_share: float = 0.0
    lost_metadata: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
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
    start = time.perf_counter()
    photo = open_photo(source, max_megapixels=max_megapixels)
    check_destination(destination, photo.height, photo.width, overwrite=overwrite)
    colored = colorizer.color(photo, options)
    skipped = IN_COLOR if colored.is_left_alone else ""
    lost: tuple[str, ...] = ()
    if not skipped:
        writing = _writing(options, colorizer.manifest)
        lost = write(colored.image, photo, destination, writing, overwrite=overwrite)
    return ColorizeResult(
        source,
        destination,
        photo.width,
        photo.height,
        time.perf_counter() - start,
        colorizer.manifest.name,
        colored.source_color,
        colored.reduced_share,
        lost_metadata=lost,
        warnings=_warnings(photo),
        skipped=skipped,
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
    photo = open_photo(data, max_megapixels=max_megapixels)
    suffix = suffix or photo.suffix
    check_format(suffix, photo.height, photo.width)
    for warning in _warnings(photo):
        logger.warning(warning)
    colored = colorizer.color(photo, options)
    if colored.is_left_alone and suffix == photo.suffix:
        return data
    return encode(colored.image, photo, suffix, _writing(options, colorizer.manifest))


def _writing(options: ColorizeOptions, manifest: Manifest) -> WriteOptions:
    """How to write the file, and what colored it."""
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
