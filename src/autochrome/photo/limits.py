"""Whether a photograph is too large, before any of it is decoded.

TIFF, baseline JPEG and non-interlaced PNG are read and written row by row: their size does not
matter. The others hold a whole frame; how many bytes a pixel was measured with libvips 8.18 and
rounded up.
"""

from __future__ import annotations

from typing import Any

import pyvips

from autochrome.errors import PhotoMemoryError, PhotoTooLargeError
from autochrome.photo.memory import available_memory

_ALWAYS_FITS = 256 << 20  # below this a check would cost more trouble than it saves
_TO_READ = {"webpload": 9, "heifload": 16, "gifload": 5}
_TO_WRITE = {".webp": 16, ".avif": 42}
_WITH_ALPHA = {".webp": 22, ".avif": 14}  # more
_LARGE_TILE = 512
_SAMPLE_BYTES = {"uchar": 1, "ushort": 2}


def check_megapixels(name: str, height: int, width: int, limit: float) -> None:
    """Raise PhotoTooLargeError if there are more pixels than a limit allows."""
    megapixels = height * width / 1e6
    if not megapixels <= limit:  # so that a limit that is no number refuses all
        raise PhotoTooLargeError(
            f"{name} has {megapixels:.4g} megapixels, more than the limit of {limit:g}",
            "Raise the limit (max_megapixels, --max-megapixels) if you trust where it comes from",
        )


def check_decoding(name: str, image: pyvips.Image, loader: str) -> None:
    """Raise PhotoMemoryError if a frame has to lie in memory to be decoded, and is too large.

    Parameters
    ----------
    name : for the message.
    image : the header, as libvips opened it.
    loader : by which loader of libvips: "jpegload".
    """
    needed = image.width * image.height * _bytes_to_read(image, loader)
    if not _fits(needed):
        cures = {
            "jpegload": "Save it as a baseline JPEG (jpegtran -copy all) or as TIFF",
            "pngload": "Save it without interlacing, or as TIFF",
        }
        advice = cures.get(loader, "Save it as TIFF, which is read row by row")
        raise _too_large(f"{name} has to be decoded as a whole", needed, advice)


def check_frame(name: str, num_bytes: int) -> None:
    """Raise PhotoMemoryError if a frame of so many bytes does not fit."""
    if not _fits(num_bytes):
        advice = "Save it as TIFF, which is read row by row"
        raise _too_large(f"{name} has to be decoded as a whole", num_bytes, advice)


def check_encoding(name: str, height: int, width: int, suffix: str, *, alpha: bool) -> None:
    """Raise PhotoMemoryError if a format has to hold the whole result, and it is too large."""
    suffix = suffix.lower()
    needed = height * width * (_TO_WRITE.get(suffix, 0) + alpha * _WITH_ALPHA.get(suffix, 0))
    if not _fits(needed):
        raise _too_large(
            f"The result of {name} has to be held as a whole to make a {suffix} of it",
            needed,
            "Write a TIFF, PNG or JPEG, which are written row by row",
        )


def _bytes_to_read(image: pyvips.Image, loader: str) -> float:
    samples = image.bands * _SAMPLE_BYTES.get(str(image.format), 4)
    if loader == "jpegload":
        if not _field(image, "jpeg-multiscan"):
            return 0
        # Two bytes a coefficient; halved color planes count a quarter.
        return 3 if _field(image, "jpeg-chroma-subsample") == "4:2:0" else 2 * image.bands
    if loader == "pngload":
        return samples if _field(image, "interlaced") else 0
    if loader == "tiffload" and (tile := int(_field(image, "tile-height") or 0)) > _LARGE_TILE:
        # Tiles are read a row of them at a time: a lot only where one is as large as the image.
        return 3 * samples * min(1, tile / image.height)
    return _TO_READ.get(loader, 0)


def _field(image: pyvips.Image, name: str) -> Any:
    return image.get(name) if image.get_typeof(name) else None


def _fits(needed: float) -> bool:
    if needed <= _ALWAYS_FITS:
        return True
    available = available_memory()
    return available is None or needed <= available


def _too_large(what: str, needed: float, advice: str) -> PhotoMemoryError:
    available = available_memory() or 0
    return PhotoMemoryError(
        f"{what}: that takes about {needed / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB "
        "are free",
        advice,
    )
