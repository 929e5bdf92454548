"""Formats that libvips cannot read: those that another library can, and names for the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyvips

from autochrome.errors import AutochromeError, MissingExtraError, UnreadablePhotoError
from autochrome.photo.decoded import DamageError, Decoded, Request, decoding
from autochrome.photo.failure import damage, memory_failure, reason
from autochrome.photo.heif import read_heif
from autochrome.photo.jpeg2000 import read_jpeg2000
from autochrome.photo.pillow import pillow_decoded

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

HEAD = 64
"""So many first bytes tell a format."""

_BYTES_PER_PIXEL = 12  # of Pillow's image and our copies together


@dataclass(frozen=True)
class _Foreign:
    """A format, how its files start, the library that reads them, and by what function."""

    kind: str
    start: bytes
    library: str
    read: Callable[[Request], Decoded]


def _read_bmp(request: Request) -> Decoded:
    from PIL.BmpImagePlugin import BmpImageFile

    return _read_pillow(BmpImageFile, request)


def _read_pnm(request: Request) -> Decoded:
    from PIL.PpmImagePlugin import PpmImageFile

    return _read_pillow(PpmImageFile, request)


_FOREIGN = (
    _Foreign(
        "HEIC",
        # Where the brand only says "pictures", those that follow tell it from AVIF.
        rb".{4}ftyp(?:hei[cxms]|hev[cxms]|m[is]f1(?!.{4}(?:.{4})*?avi[fs]))",
        "pillow-heif",
        read_heif,
    ),
    _Foreign(
        "JPEG 2000",
        rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51",
        "imagecodecs",
        read_jpeg2000,
    ),
    _Foreign("BMP", rb"BM.{4}\x00{4}", "Pillow", _read_bmp),
    _Foreign("PNM", rb"P[1-6]\s", "Pillow", _read_pnm),
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
    ("Photoshop", rb"8BPS", "Save it as TIFF first"),
    ("OpenEXR", rb"\x76\x2f\x31\x01", "Convert it to a 16-bit TIFF first"),
    ("PDF", rb"%PDF", "Extract its pictures first (pdfimages -all IN.pdf OUT)"),
    ("DjVu", rb"AT&TFORM", "Convert it to TIFF first (ddjvu -format=tiff IN.djvu OUT.tif)"),
    (
        "video",
        rb".{4}ftyp(?!avi|m[is]f1)|\x1aE\xdf\xa3|RIFF.{4}AVI ",
        "Color it with autochrome video, or save single pictures of it first",
    ),
    ("drawing", rb"\s*<(?:\?xml|svg|!DOCTYPE svg)", "Save it as PNG first"),
)
_TIFF = rb"II[*+]\x00|MM\x00[*+]"
_READABLE = rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP|.{4}ftyp(?:avi|m[is]f1)"


def is_foreign(head: bytes) -> bool:
    """Return whether a file that starts like this is read without libvips."""
    return _foreign(head) is not None


def open_foreign(source: Path | bytes, name: str, max_megapixels: float) -> pyvips.Image:
    """Read a photograph of which libvips does not know the format, into memory.

    Raises
    ------
    UnreadablePhotoError
        If it is damaged, or of a format that is not read; the advice says what to do.
    PhotoTooLargeError, PhotoMemoryError
        If it is too large.
    MissingExtraError
        If a library is needed and not installed.
    """
    with closing(BytesIO(source) if isinstance(source, bytes) else source.open("rb")) as file:
        head = file.read(HEAD)
        file.seek(0)
        found = _foreign(head)
        if found is None:
            raise not_a_photo(name, head)
        try:
            return found.read(Request(file, name, found.kind, max_megapixels)).image()
        except AutochromeError:
            raise
        except ImportError as error:
            raise MissingExtraError(
                f"{found.kind} is read through {found.library}, which is not installed",
                "Run: pip install 'autochrome[formats]'",
            ) from error
        except MemoryError as error:
            raise memory_failure(name) from error
        except (DamageError, OSError) as error:
            raise damage(name, reason(error)) from error


def _foreign(head: bytes) -> _Foreign | None:
    return next((row for row in _FOREIGN if re.match(row.start, head, re.DOTALL)), None)


def not_a_photo(name: str, head: bytes) -> UnreadablePhotoError:
    """Say what a file is by its first bytes, and what to do with it."""
    for kind, start, advice in _UNREADABLE:
        if re.match(start, head, re.DOTALL):
            return UnreadablePhotoError(f"{name} is {kind}, which cannot be read", advice)
    if re.match(_TIFF, head, re.DOTALL):
        return UnreadablePhotoError(
            f"{name} is damaged or cut short, or a kind of TIFF that cannot be read",
            "Copy or scan it again, or save it as a TIFF of gray or RGB, 8 or 16 bits",
        )
    if re.match(_READABLE, head, re.DOTALL):
        return UnreadablePhotoError(f"{name} is damaged or cut short", "Copy or scan it again")
    return UnreadablePhotoError(
        f"{name} is damaged, not a photograph, or of a format that cannot be read",
        "Save it as JPEG, PNG, TIFF, WebP or AVIF",
    )


def _read_pillow(reader: type[ImageFile], request: Request) -> Decoded:
    # Not Image.open: its own limit of pixels is one for the whole process.
    with decoding():
        opened = reader(request.file)
    with opened as image:
        request.check_size(image.height, image.width, _BYTES_PER_PIXEL)
        if request.kind == "PNM" and image.mode.startswith("RGB") and _is_deep(image):
            raise request.refusal(
                "in color of more than 8 bits, which would lose its depth",
                "Convert it to a 16-bit TIFF or PNG first",
            )
        with decoding():
            image.load()
        return pillow_decoded(image)


def _is_deep(image: ImageFile) -> bool:
    """Return whether a PNM has more than 8 bits of color, which Pillow would cut off silently."""
    arguments: Any = image.tile[0].args  # how the bytes are packed, and the largest value
    return isinstance(arguments, tuple) and arguments[-1] > 255
