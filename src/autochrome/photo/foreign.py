"""Formats that libvips cannot read: those that Pillow can, and names for the others."""

from __future__ import annotations

import re
import struct
from contextlib import closing
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyvips

from autochrome.errors import AutochromeError, MissingExtraError, UnreadablePhotoError
from autochrome.photo.jpeg2000 import bits_per_sample, is_whole
from autochrome.photo.limits import check_frame, check_megapixels
from autochrome.photo.pillow import pillow_image

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

# Named by their first bytes: (name, how they start, Pillow's module and class for them).
_THROUGH_PILLOW = (
    (
        "JPEG 2000",
        rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51",
        ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    ),
    ("BMP", rb"BM.{4}\x00{4}", ("BmpImagePlugin", "BmpImageFile")),
    ("PNM", rb"P[1-6]\s", ("PpmImagePlugin", "PpmImageFile")),
)
_UNREADABLE = (
    (
        "camera raw",
        rb"II\*\x00.{4}CR|.{4}ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\x00|FOVb",
        "Develop it to a 16-bit TIFF first (darktable, RawTherapee, dcraw -T -6)",
    ),
    (
        "JPEG XL",
        rb"\xff\x0a|\x00\x00\x00\x0cJXL ",
        "Convert it to PNG or TIFF first (djxl IN.jxl OUT.png)",
    ),
    (
        "HEIC",
        rb".{4}ftyp(?:hei|hev|mif1|msf1)",
        "Convert it to JPEG or TIFF first (heif-convert IN.heic OUT.jpg)",
    ),
    ("Photoshop", rb"8BPS", "Save it as TIFF first"),
    ("OpenEXR", rb"\x76\x2f\x31\x01", "Convert it to a 16-bit TIFF first"),
    ("PDF", rb"%PDF", "Extract its pictures first (pdfimages -all IN.pdf OUT)"),
    ("DjVu", rb"AT&TFORM", "Convert it to TIFF first (ddjvu -format=tiff IN.djvu OUT.tif)"),
    (
        "video",
        rb".{4}ftyp(?!avi)|\x1aE\xdf\xa3|RIFF.{4}AVI ",
        "Color it with autochrome video, or save single pictures of it first",
    ),
    ("drawing", rb"\s*<(?:\?xml|svg|!DOCTYPE svg)", "Save it as PNG first"),
)
_TIFF = rb"II[*+]\x00|MM\x00[*+]"
_READABLE = rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP|.{4}ftypavi"
_BYTES_PER_PIXEL = 24  # of OpenJPEG's planes, Pillow's image and our copy together

# What Pillow's readers raise on damaged files, documented or not.
_FAULTS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError),
    *(RuntimeError, AttributeError, struct.error),
)


def open_foreign(source: Path | bytes, name: str, max_megapixels: float) -> pyvips.Image:
    """Read a photograph of which libvips does not know the format, into memory.

    Raises
    ------
    UnreadablePhotoError
        If it is damaged, or of a format that is not read; the advice says what to do.
    PhotoTooLargeError, PhotoMemoryError
        If it is too large.
    MissingExtraError
        If Pillow is needed and not installed.
    """
    with closing(BytesIO(source) if isinstance(source, bytes) else source.open("rb")) as file:
        head = file.read(32)
        file.seek(0)
        for kind, start, (module, reader) in _THROUGH_PILLOW:
            if re.match(start, head, re.DOTALL):
                plugin = _plugin(module, kind)
                return _read(getattr(plugin, reader), file, name, kind, max_megapixels)
    raise not_a_photo(name, head)


def not_a_photo(name: str, head: bytes) -> UnreadablePhotoError:
    """Say what a file is by its first bytes, and what to do with it."""
    for kind, start, advice in _UNREADABLE:
        if re.match(start, head, re.DOTALL):
            return UnreadablePhotoError(f"{name} is {kind}, which cannot be read", advice)
    if re.match(_TIFF, head, re.DOTALL):
        return UnreadablePhotoError(
            f"{name} is damaged or cut short, or a kind of TIFF that cannot be read",
            "Copy or scan it again, or save it as a TIFF of 8 or 16 bits",
        )
    if re.match(_READABLE, head, re.DOTALL):
        return UnreadablePhotoError(f"{name} is damaged or cut short", "Copy or scan it again")
    return UnreadablePhotoError(
        f"{name} is damaged, not a photograph, or of a format that cannot be read",
        "Save it as JPEG, PNG, TIFF, WebP or AVIF",
    )


def _plugin(module: str, kind: str) -> Any:
    try:
        return import_module(f"PIL.{module}")
    except ImportError as error:
        raise MissingExtraError(
            f"{kind} is read through Pillow, which is not installed",
            "Run: pip install 'autochrome[formats]'",
        ) from error


def _read(
    reader: type[ImageFile], file: BinaryIO, name: str, kind: str, max_megapixels: float
) -> pyvips.Image:
    try:
        # Not Image.open: its own limit of pixels is one for the whole process.
        with reader(file) as image:
            check_megapixels(name, image.height, image.width, max_megapixels)
            check_frame(name, image.width * image.height * _BYTES_PER_PIXEL)
            if kind == "JPEG 2000" and not is_whole(file):
                raise ValueError("the end of its codestream is missing")
            if image.mode.startswith("RGB") and _is_deep(image, file, kind):
                raise UnreadablePhotoError(
                    f"{name} is color {kind} of more than 8 bits, which would lose its depth",
                    "Convert it to a 16-bit TIFF or PNG first",
                )
            image.load()
            return pillow_image(image)
    except AutochromeError:
        raise
    except _FAULTS as error:
        raise UnreadablePhotoError(
            f"Cannot read {name}: it is damaged or cut short ({error})", "Copy or scan it again"
        ) from error


def _is_deep(image: ImageFile, file: BinaryIO, kind: str) -> bool:
    """Return whether there is more than 8 bits of color, which Pillow would cut off silently."""
    if kind == "JPEG 2000":
        return bits_per_sample(file) > 8
    arguments: Any = image.tile[0].args  # of PNM: how the bytes are packed, and the largest value
    return kind == "PNM" and isinstance(arguments, tuple) and arguments[-1] > 255
