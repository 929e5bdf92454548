"""Files of several pages or frames: TIFFs page by page, animations as a whole."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from autochrome.atomic import discard, temporary_beside
from autochrome.errors import UsageError
from autochrome.photo import Photo, WriteOptions, encode, open_photo, write
from autochrome.photo.concatenate import concatenate_tiffs
from autochrome.photo.limits import check_encoding, check_megapixels
from autochrome.photo.output_profile import kept_profile
from autochrome.photo.write import DEEP_SUFFIXES, check_format, place

logger = logging.getLogger(__name__)

_TIFF = (".tif", ".tiff")

Color = Callable[[Photo], pyvips.Image | None]
"""From a page, or an animation with all its frames, to its color; None leaves it as it is."""


@dataclass(frozen=True)
class Written:
    """How many pages or frames were written, and what the user should know of it."""

    pages: int = 1
    warnings: tuple[str, ...] = ()
    lost_metadata: tuple[str, ...] = ()


def write_pages(
    photo: Photo,
    destination: Path,
    color: Color,
    options: WriteOptions,
    *,
    overwrite: bool,
    max_megapixels: float,
) -> Written:
    """Color and write every page that the format of `destination` can hold.

    Parameters
    ----------
    photo : the first page.

    Raises
    ------
    OutputError, UnreadablePhotoError, PhotoTooLargeError, PhotoMemoryError
        As `write` and `open_photo` do; then nothing is written.
    """
    suffix = destination.suffix.lower()
    if len(photo.pages) > 1 and suffix in _TIFF:
        lost = _write_tiff(photo, destination, color, options, overwrite, max_megapixels)
        warnings = _lost_delays(photo, suffix) + _left_out(photo, options)
        return Written(len(photo.pages), warnings, lost)
    photo, written = _as_one(photo, suffix, max_megapixels)
    warnings = written.warnings + _check_pixels(photo, suffix) + _left_out(photo, options)
    image, options = _colored(photo, color, options)
    lost = write(image, photo, destination, options, overwrite=overwrite)
    return Written(written.pages, warnings, lost)


def encode_pages(
    photo: Photo, suffix: str, color: Color, options: WriteOptions, *, max_megapixels: float
) -> bytes:
    """Color and encode every page that a format can hold; see `write_pages`.

    What of the pixels it cannot hold is logged as a warning.
    """
    suffix = suffix.lower()
    for warning in _left_out(photo, options):
        logger.warning(warning)
    if len(photo.pages) > 1 and suffix in _TIFF:
        with tempfile.TemporaryDirectory(prefix="autochrome-") as folder:
            path = Path(folder, f"pages{suffix}")
            _write_tiff(photo, path, color, options, False, max_megapixels)
            return path.read_bytes()
    photo, _ = _as_one(photo, suffix, max_megapixels)
    for warning in _check_pixels(photo, suffix):
        logger.warning(warning)
    image, options = _colored(photo, color, options)
    return encode(image, photo, suffix, options)


def written_pages(photo: Photo, suffix: str, max_megapixels: float) -> Iterator[Photo]:
    """Open the pages that a format can hold: all, or the first; of an animation the first frame.

    Raises
    ------
    UnreadablePhotoError, PhotoTooLargeError
        If one cannot be opened.
    """
    if len(photo.pages) == 1 or suffix.lower() not in _TIFF:
        yield photo
        return
    source = photo.source
    if isinstance(source, pyvips.Image):
        raise UsageError("An image in memory has one page")
    for index in photo.pages:
        yield open_photo(source, max_megapixels=max_megapixels, page=index, known=photo.found)


def _colored(page: Photo, color: Color, options: WriteOptions) -> tuple[pyvips.Image, WriteOptions]:
    """Color a page, or take it as it is, with three bands for color whether or not there is any."""
    image = color(page)
    if image is not None:
        return image, options
    image = page.read()
    image = image.colourspace("srgb" if image.format == "uchar" else "rgb16")
    return image, replace(options, mark=False, provenance=None)


def _as_one(photo: Photo, suffix: str, max_megapixels: float) -> tuple[Photo, Written]:
    """Take all frames of an animation where they can stay together, else the first page."""
    count = len(photo.pages)
    if count == 1:
        return photo, Written()
    if suffix == photo.suffix == ".webp":
        check_megapixels(photo.name, photo.height * count, photo.width, max_megapixels)
        return replace(photo, frames=count), Written(count)
    better = "WebP (.webp)" if photo.suffix == ".webp" else "TIFF (.tif)"
    what = "frames" if photo.suffix == ".webp" else "pages"
    warning = f"{suffix} holds one of the {count} {what} of {photo.name}: write a {better} for all"
    return photo, Written(1, (warning,))


def _write_tiff(
    photo: Photo,
    destination: Path,
    color: Color,
    options: WriteOptions,
    overwrite: bool,
    max_megapixels: float,
) -> tuple[str, ...]:
    """Write page after page and join them; return the metadata lost of any."""
    parts: list[Path] = []
    lost: dict[str, None] = {}
    joined = temporary_beside(destination)
    try:
        for page in written_pages(photo, destination.suffix, max_megapixels):
            check_format(destination.suffix, page.height, page.width)
            parts.append(temporary_beside(destination))
            image, how = _colored(page, color, options)
            lost |= dict.fromkeys(write(image, page, parts[-1], how, overwrite=False))
        concatenate_tiffs(parts, joined)
        place(joined, destination, overwrite=overwrite)
    finally:
        for path in (*parts, joined):
            discard(path)
    return tuple(lost)


def _lost_delays(photo: Photo, suffix: str) -> tuple[str, ...]:
    if photo.suffix != ".webp":
        return ()
    return (f"{suffix} holds the frames of {photo.name} as pages that do not move",)


def _left_out(photo: Photo, options: WriteOptions) -> tuple[str, ...]:
    """Say what a result does not have, whatever its format."""
    warnings = []
    if photo.found.with_spare_bands:
        warnings.append(
            f"{photo.name} has bands that are neither color nor transparency (infrared, say), "
            "which are left out"
        )
    if options.profile == "keep" and photo.profile() and not kept_profile(photo):
        warnings.append(
            f"The profile of {photo.name} is not one for these colors (gray, CMYK, of tables, or "
            "too small): the result is sRGB"
        )
    return tuple(warnings)


def _check_pixels(photo: Photo, suffix: str) -> tuple[str, ...]:
    """Refuse what would not fit in memory; say what of the pixels a format cannot hold."""
    name, warnings = photo.name, []
    alpha = photo.read().hasalpha()
    check_encoding(name, photo.height, photo.width, suffix, alpha=alpha)
    if photo.depth > 8 and suffix not in DEEP_SUFFIXES:
        warnings.append(
            f"{suffix} holds 8 of the {photo.depth} bits of {name}: write a PNG or TIFF for all"
        )
    if suffix in (".jpg", ".jpeg") and alpha:
        warnings.append(f"{suffix} has no transparency: {name} is laid on white, a PNG keeps it")
    return tuple(warnings)
