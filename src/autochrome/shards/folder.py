"""Read photographs from a plain folder, each brought to 8-bit sRGB."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autochrome.errors import PhotoTooLargeError, UnreadablePhotoError, UsageError
from autochrome.shards.decode import encode_png
from autochrome.shards.photograph import Photograph

if TYPE_CHECKING:
    import pyvips

    from autochrome.photo import Photo

PHOTO_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_MAX_MEGAPIXELS = 2**30 / 1e6  # OpenCV takes no more


def read_folder(folder: Path) -> Iterator[Photograph]:
    """Yield the photographs below a folder, sorted by path; see `read_file`.

    Raises
    ------
    UsageError
        If `folder` is not a folder or holds no photograph.
    UnreadablePhotoError, PhotoMemoryError
        At the first file that cannot be read.
    """
    for file in photograph_files(folder):
        yield read_file(file, folder)


def photograph_files(folder: Path) -> list[Path]:
    """List the photographs below a folder, by their names, sorted by path.

    Raises
    ------
    UsageError
        If `folder` is not a folder or holds no photograph.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    files = sorted(p for p in _files(folder) if p.suffix.lower() in PHOTO_SUFFIXES)
    if not files:
        raise UsageError(f"{folder} holds no photograph", f"Known: {', '.join(PHOTO_SUFFIXES)}")
    return files


def other_files(folder: Path) -> list[Path]:
    """List the files below a folder that `photograph_files` leaves out by their suffixes."""
    return [p for p in _files(folder) if p.suffix.lower() not in PHOTO_SUFFIXES]


def read_file(file: Path, folder: Path) -> Photograph:
    r"""Read a photograph in, or below, a folder; the key is its path from there.

    The bytes are those of the file if it is 8-bit sRGB or gray. Anything else is converted and
    becomes a PNG: its color profile is honored, and what is transparent lies on white, as on
    paper. Of a BMP neither is looked at. Bytes of a name that are no text become ``\xff``.

    Raises
    ------
    UnreadablePhotoError
        If it cannot be read, is not a photograph, or has more pixels than OpenCV takes.
    PhotoMemoryError
        If there is not enough memory to decode it.
    """
    try:
        image = _srgb_bytes(file)
    except PhotoTooLargeError as error:
        raise PhotoTooLargeError(error.message, "Make it smaller first") from error
    except OSError as error:
        raise UnreadablePhotoError(
            f"Cannot read {file}: {error.strerror}", "Check the path and its permissions"
        ) from error
    return Photograph(_as_text(str(file.relative_to(folder))), _as_text(folder.name), None, image)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, but for hidden ones and our own results."""
    from autochrome.photo.naming import is_result

    for path in folder.rglob("*"):
        if not (path.name.startswith(".") or is_result(path)) and path.is_file():
            yield path


def _as_text(name: str) -> str:
    """Return the name of a file, which on Linux may be any bytes, as text that Parquet takes."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _srgb_bytes(file: Path) -> bytes:
    # Not above: training reads shards only, and does without libvips.
    from autochrome.photo.read import is_decoded_at_once, open_photo

    if is_decoded_at_once(file):
        return file.read_bytes()
    photo = open_photo(file, max_megapixels=_MAX_MEGAPIXELS)
    image = photo.read()  # lazily; 8 bits say that nothing is to be converted
    if image.format == "uchar" and not image.hasalpha():
        return file.read_bytes()
    return _converted(photo, image)


def _converted(photo: Photo, image: pyvips.Image) -> bytes:
    """Encode an image from `Photo.read`, upright and on white, as an 8-bit PNG."""
    from autochrome.photo import to_array, to_upright
    from autochrome.photo.failure import reading
    from autochrome.photo.profile import to_depth

    image = to_depth(image, 8)
    if image.hasalpha():
        image = image.flatten(background=[255])
    with reading(photo.name):
        pixels = to_array(image)
    return encode_png(to_upright(pixels, photo.orientation))
