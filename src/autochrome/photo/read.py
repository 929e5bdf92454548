"""Open a photograph: the header now, the pixels later and as often as needed.

A photograph is read twice: small, for the network, and in full, row by row, for the result.
It never lies in memory whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import PhotoTooLargeError, UnreadablePhotoError
from autochrome.photo.arrays import from_array, to_array
from autochrome.photo.failure import memory_failure, read_failure
from autochrome.photo.metadata import Metadata, read_metadata
from autochrome.photo.orientation import is_turned, to_upright
from autochrome.photo.profile import is_gray, lightness, split_alpha, to_srgb

MAX_MEGAPIXELS = 2000.0

# The loaders of libvips we trust, and the suffix of the same format, or of a lossless one
# where libvips cannot write it. libvips would also take tables, drawings and raw numbers.
_SUFFIX_OF_LOADER = {
    "jpegload": ".jpg",
    "pngload": ".png",
    "tiffload": ".tif",
    "webpload": ".webp",
    "heifload": ".avif",
    "gifload": ".png",
    "jp2kload": ".png",
    "jxlload": ".png",
    "ppmload": ".png",
}

# Numbers whose white is known: of 32-bit integers nobody can tell.
_PHOTOGRAPHIC = ("uchar", "char", "ushort", "short", "float", "double")

# Read from top to bottom, and not tolerate missing pixels.
_ONCE: dict[str, Any] = {"access": "sequential", "fail_on": "truncated"}


@dataclass(frozen=True)
class Photo:
    """A photograph whose header has been read and found sound.

    Parameters
    ----------
    name : for messages.
    source : a path, the bytes of a file, or an image in memory.
    height, width : in pixels, as stored.
    orientation : EXIF orientation, 1 to 8, of the stored pixels.
    suffix : of its format, or ``.png`` for formats that can only be read.
    """

    name: str
    source: Path | bytes | pyvips.Image
    height: int
    width: int
    orientation: int
    suffix: str

    @property
    def upright_size(self) -> tuple[int, int]:
        """Height and width of the photograph as it is looked at."""
        turned = is_turned(self.orientation)
        return (self.width, self.height) if turned else (self.height, self.width)

    @cached_property
    def metadata(self) -> Metadata:
        """What the file says about the photograph.

        Raises
        ------
        UnreadablePhotoError
            If the file is no longer there, or no longer what it was.
        """
        try:
            return read_metadata(self.source, _open(self.source))
        except (pyvips.Error, MemoryError) as error:
            raise read_failure(self.name, error) from error
        except OSError as error:
            raise UnreadablePhotoError(f"Cannot read {self.name}: {error.strerror}") from error

    def read(self) -> pyvips.Image:
        """Return the stored pixels in sRGB, to be read once from top to bottom; see `to_srgb`.

        Raises
        ------
        UnreadablePhotoError
            If the pixels cannot be decoded; a fault further down shows only when they are
            computed, as `pyvips.Error`.
        """
        try:
            return to_srgb(_open(self.source, **_ONCE))
        except (pyvips.Error, MemoryError) as error:
            raise read_failure(self.name, error) from error

    def read_lightness(self, height: int, width: int) -> NDArray[np.float32]:
        """Read L* (height, width) of the upright photograph; see `read_lab`."""
        return self.read_lab(height, width)[..., 0]

    def read_lab(self, height: int, width: int) -> NDArray[np.float32]:
        """Read Lab (height, width, 3) of the upright photograph, decoding no more than needed.

        Raises
        ------
        UnreadablePhotoError
            If the photograph is damaged or cut short.
        PhotoMemoryError
            If there is not enough memory.
        """
        if is_turned(self.orientation):
            height, width = width, height
        try:
            small = to_srgb(self._shrunk(height, width)).thumbnail_image(
                width, height=height, size="force", no_rotate=True
            )
            color, _ = split_alpha(small)
            lab = color.colourspace("lab")
            # Of a gray photograph, exactly gray.
            ab = lab.extract_band(1, n=2) * (0 if is_gray(color) else 1)
            stored = to_array(lightness(color).bandjoin(ab).cast("float"))
        except (pyvips.Error, MemoryError) as error:
            raise read_failure(self.name, error) from error
        return to_upright(stored, self.orientation)

    def _shrunk(self, height: int, width: int) -> pyvips.Image:
        """Open at twice the size needed or more: JPEG can be decoded at a fraction of its size.

        (The one-step thumbnail of libvips does the same, but says nothing of damaged files.)
        """
        if self.suffix != ".jpg" or isinstance(self.source, pyvips.Image):
            return _open(self.source, **_ONCE)
        spare = min(self.height / height, self.width / width) / 2
        shrink = max(factor for factor in (1, 2, 4, 8) if factor <= max(spare, 1))
        return _open(self.source, **_ONCE, shrink=shrink)

    def check_pixels(self) -> None:
        """Decode everything and keep nothing: raises UnreadablePhotoError if it is damaged."""
        try:
            self.read().avg()
        except (pyvips.Error, MemoryError) as error:
            raise read_failure(self.name, error) from error


def open_photo(source: Path | bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read the header of a photograph; of a file with several pages, the first.

    Parameters
    ----------
    source : a path, or the bytes of a file.
    max_megapixels : refuse more pixels than this before decoding any.

    Raises
    ------
    UnreadablePhotoError
        If it is missing, empty, or not a photograph.
    PhotoTooLargeError
        If it has too many pixels.
    """
    name = str(source) if isinstance(source, Path) else "the photograph"
    _check_not_empty(source, name)
    try:
        image = _open(source)
    except MemoryError as error:
        raise memory_failure(name) from error
    except pyvips.Error as error:
        raise _not_a_photo(name) from error
    loader = str(image.get("vips-loader")).removesuffix("_source")
    if loader not in _SUFFIX_OF_LOADER:
        raise _not_a_photo(name)
    return _checked(name, source, image, _SUFFIX_OF_LOADER[loader], max_megapixels)


def photo_from_array(
    pixels: NDArray[Any],
    *,
    orientation: int = 1,
    icc_profile: bytes | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Photo:
    """Take (H, W) or (H, W, 1 to 4) uint8 or uint16 pixels as a photograph; see `open_photo`."""
    image = from_array(pixels)
    kinds = ("b-w", "srgb") if image.format == "uchar" else ("grey16", "rgb16")
    image = image.copy(interpretation=kinds[image.bands >= 3])
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    if icc_profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", cast("Any", icc_profile))
    return _checked("the array", image, image, ".png", max_megapixels)


def _checked(
    name: str,
    source: Path | bytes | pyvips.Image,
    image: pyvips.Image,
    suffix: str,
    max_megapixels: float,
) -> Photo:
    megapixels = image.width * image.height / 1e6
    if not megapixels <= max_megapixels:  # so that a limit that is no number refuses all
        raise PhotoTooLargeError(
            f"{name} has {megapixels:.4g} megapixels, more than the limit of {max_megapixels:g}",
            "Raise the limit (max_megapixels, --max-megapixels) if you trust where it comes from",
        )
    if image.format not in _PHOTOGRAPHIC or image.bands > 5:
        raise UnreadablePhotoError(
            f"{name} is not a photograph: {image.bands} bands of {image.format}",
            "Save it as gray, RGB or CMYK of 8 or 16 bits",
        )
    orientation: Any = image.get("orientation") if image.get_typeof("orientation") else 1
    return Photo(
        name,
        source,
        image.height,
        image.width,
        orientation if 1 <= orientation <= 8 else 1,
        suffix,
    )


def _check_not_empty(source: Path | bytes, name: str) -> None:
    try:
        empty = not source if isinstance(source, bytes) else not _first_byte(source)
    except OSError as error:
        raise UnreadablePhotoError(
            f"Cannot read {name}: {error.strerror}", "Check the path and its permissions"
        ) from error
    if empty:
        raise UnreadablePhotoError(f"{name} is empty", "Copy or scan it again")


def _first_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1)


def _not_a_photo(name: str) -> UnreadablePhotoError:
    return UnreadablePhotoError(
        f"{name} is damaged, not a photograph, or of a format that cannot be read",
        "Save it as JPEG, PNG, TIFF, WebP or AVIF",
    )


def _stream(source: Path | bytes) -> pyvips.Source:
    if isinstance(source, bytes):
        return pyvips.Source.new_from_memory(source)
    # By descriptor: libvips takes brackets in a name for options, and only UTF-8 for a name.
    with source.open("rb") as file:
        return pyvips.Source.new_from_descriptor(file.fileno())


def _open(source: Path | bytes | pyvips.Image, **options: Any) -> pyvips.Image:
    if isinstance(source, pyvips.Image):
        return source
    return pyvips.Image.new_from_source(_stream(source), "", **options)
