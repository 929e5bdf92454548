"""What is done with one photograph, in a thread."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autochrome.errors import AutochromeError, UnreadablePhotoError
from autochrome.photo import Photo, gray_preview, gray_region, is_ours, open_photo
from autochrome.photo.directories import tiff_directories
from autochrome.photo.limits import check_megapixels
from autochrome.photo.naming import FALLBACK_SUFFIX, result_name
from autochrome.photo.read import is_decoded_at_once
from autochrome.pipeline import ColorizeOptions, Colorizer, ColorizeResult, Prediction
from autochrome.pipeline.source_color import SourceColor, measure_color
from autochrome.web.uploads import Upload

_PREVIEW_PIXELS = 2e6


@dataclass(frozen=True)
class OpenedPhoto:
    """A photograph on the page: its file, and what the network answered.

    The file is opened anew each time: of some formats an open photograph lies in memory whole.
    """

    upload: Upload
    max_megapixels: float
    upright_size: tuple[int, int]
    depth: int
    num_pages: int
    prediction: Prediction
    source_color: SourceColor
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """A finished file: where it is, what it is called, and what was measured."""

    path: Path
    name: str
    measured: ColorizeResult


def open_upload(colorizer: Colorizer, upload: Upload, max_megapixels: float) -> OpenedPhoto:
    """Open a photograph and let the network look at it."""
    with speaking_of(upload):
        photo = _open(upload, max_megapixels)
        warnings = []
        if is_ours(photo.metadata.xmp):
            warnings.append("It was colored by Autochrome before: use the original, if you have it")
        lab = photo.read_lab(*colorizer.working_size(*photo.upright_size))
        return OpenedPhoto(
            upload,
            max_megapixels,
            photo.upright_size,
            photo.depth,
            len(photo.pages),
            colorizer.predict_lightness(lab[..., 0], photo.upright_size, photo.name),
            measure_color(lab),
            tuple(warnings),
        )


def preview(opened: OpenedPhoto) -> bytes:
    """Encode the gray photograph at the size of a screen."""
    with speaking_of(opened.upload):
        return gray_preview(_open(opened.upload, opened.max_megapixels), _PREVIEW_PIXELS)


def detail(opened: OpenedPhoto, region: tuple[int, int, int, int]) -> bytes:
    """Encode a part of the gray photograph (left, top, width, height) at its own pixels."""
    with speaking_of(opened.upload):
        return gray_region(_open(opened.upload, opened.max_megapixels), *region)


def color_array(colorizer: Colorizer, opened: OpenedPhoto, options: ColorizeOptions) -> bytes:
    """Decode color without the network; a ``.npy`` file of float16, see `linear_color`."""
    with speaking_of(opened.upload):
        color = colorizer.linear_color(opened.prediction, options)
    file = io.BytesIO()
    np.save(file, color.astype("<f2"))
    return file.getvalue()


def colorize_upload(
    colorizer: Colorizer,
    upload: Upload,
    folder: Path,
    suffix: str | None,
    options: ColorizeOptions,
    max_megapixels: float,
) -> Result:
    """Color an upload into a file in `folder`, just as the command line does."""
    with speaking_of(upload):
        own, kept = FALLBACK_SUFFIX, False
        if not is_decoded_at_once(upload.path):
            photo = _open(upload, max_megapixels)
            own, kept = photo.suffix, suffix in (None, photo.suffix) and photo.writable
        suffix = suffix or own
        path = folder / f"result{suffix}"
        measured = colorizer.colorize_file(
            upload.path, path, options, overwrite=True, max_megapixels=max_megapixels
        )
        if measured.skipped and kept:
            shutil.copyfile(upload.path, path)
        elif measured.skipped:
            data = upload.path.read_bytes()
            path.write_bytes(
                colorizer.colorize_bytes(data, suffix, options, max_megapixels=max_megapixels)
            )
        warnings = tuple(_renamed(warning, upload) for warning in measured.warnings)
        name = result_name(Path(upload.name), suffix)
        return Result(path, name, replace(measured, warnings=warnings))


def _open(upload: Upload, max_megapixels: float) -> Photo:
    """Open a photograph whose pages, which are all worked on, have no more pixels together."""
    photo = open_photo(upload.path, max_megapixels=max_megapixels)
    check_megapixels(photo.name, _count_pixels(photo, upload.path), 1, max_megapixels)
    return photo


def _count_pixels(photo: Photo, path: Path) -> int:
    """Count the pixels of all pages, each of which may be of another size in a TIFF."""
    if photo.suffix != ".tif" or len(photo.pages) == 1:
        return photo.height * photo.width * len(photo.pages)
    with path.open("rb") as file:
        directories = tiff_directories(file)
    counts = [directories[page].num_pixels for page in photo.pages]
    if not all(counts):
        raise UnreadablePhotoError(
            f"Cannot read {path}: a page does not say how large it is", "Save or scan it again"
        )
    return sum(counts)


@contextmanager
def speaking_of(upload: Upload) -> Iterator[None]:
    """Call a photograph in errors what its client calls it; in the log it has our file's path."""
    try:
        yield
    except AutochromeError as error:
        error.message = _renamed(error.message, upload)
        error.advice = _renamed(error.advice, upload)
        raise


def _renamed(text: str, upload: Upload) -> str:
    folders = re.escape(str(upload.path.parents[1]))
    text = text.replace(str(upload.path), upload.name)
    return re.sub(rf"{folders}[^\s,:]*", "a file of the server", text)
