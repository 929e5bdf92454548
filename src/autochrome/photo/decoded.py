"""A photograph that another library has decoded: what is asked of a reader, and its answer."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError
from autochrome.photo.arrays import named_array
from autochrome.photo.failure import reason
from autochrome.photo.fields import set_blob
from autochrome.photo.limits import check_frame, check_megapixels

_AT_ONCE = 1 << 16  # pixels, so that what is computed with takes next to no memory
_EXIF_PREFIX = b"Exif\0\0"  # which libvips puts before the block


# What libraries raise on damaged files, documented or not.
_FAULTS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError),
    *(RuntimeError, AttributeError, struct.error),
)


class DamageError(Exception):
    """A file contradicts itself, or ends too early."""


@contextmanager
def decoding() -> Iterator[None]:
    """Take what a library raises for damage of the file: only around calls of one."""
    try:
        yield
    except _FAULTS as error:
        raise DamageError(reason(error)) from error


@dataclass(frozen=True)
class Request:
    """A file to be read, and how large it may be.

    Parameters
    ----------
    file : from its beginning.
    name : for messages.
    kind : of its format.
    max_megapixels : more are refused.
    """

    file: BinaryIO
    name: str
    kind: str
    max_megapixels: float

    def check_size(
        self, height: int, width: int, bytes_per_pixel: int, more_bytes: int = 0
    ) -> None:
        """Raise PhotoTooLargeError or PhotoMemoryError, before any pixel is decoded."""
        check_megapixels(self.name, height, width, self.max_megapixels)
        check_frame(self.name, height * width * bytes_per_pixel + more_bytes)

    def read_all(self) -> bytes:
        """Return the bytes of the file, if there is room for them."""
        check_frame(self.name, self.file.seek(0, os.SEEK_END))
        self.file.seek(0)
        return self.file.read()

    def refusal(self, what: str, advice: str) -> UnreadablePhotoError:
        """Say that it is sound, but of a kind that is not read: "HEIC with ..."."""
        return UnreadablePhotoError(f"{self.name} is {self.kind} {what}", advice)


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What a reader found.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 1 to 4) uint8 or uint16: gray, gray + alpha, RGB or RGBA; upright
        unless the orientation says otherwise. Four to five bands of `inks`.
    icc_profile : by which they are to be understood; None means sRGB, or gray of its curve.
    orientation : EXIF orientation, 1 to 8.
    exif : a block without prefix.
    xmp : a packet.
    resolution : pixels a millimeter, across and down.
    inks : whether these are CMYK.
    """

    pixels: NDArray[Any]
    icc_profile: bytes | None = None
    orientation: int = 1
    exif: bytes = b""
    xmp: bytes = b""
    resolution: tuple[float, float] | None = None
    inks: bool = False

    def image(self) -> pyvips.Image:
        """Return it as an image in memory."""
        image = named_array(self.pixels, self.orientation, self.icc_profile)
        if self.inks:
            image = image.copy(interpretation="cmyk")
        if self.resolution:
            image = image.copy(xres=self.resolution[0], yres=self.resolution[1])
        for name, data in (("exif-data", self.exif), ("xmp-data", self.xmp)):
            if data:
                prefix = _EXIF_PREFIX if name == "exif-data" else b""
                set_blob(image, name, prefix + data.removeprefix(prefix))
        # Anew: libvips takes over what EXIF says, which is not true of what a reader has turned.
        image.set_type(pyvips.GValue.gint_type, "orientation", self.orientation)
        return image


def full_range(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Spread codes of 1 to 16 bits over 8 or 16: white stays white.

    Raises
    ------
    DamageError
        If the numbers are no codes of so many bits.
    """
    if pixels.dtype != (np.uint8 if bits <= 8 else np.uint16) or not 1 <= bits <= 16:
        raise DamageError(f"its pixels are {pixels.dtype} of {bits} bits")
    if bits in (8, 16):
        return pixels
    largest, full = 2**bits - 1, 255 if bits < 8 else 65535
    table = np.rint(np.arange(largest + 1) * (full / largest)).astype(pixels.dtype)
    spread: NDArray[Any] = table[np.minimum(pixels, largest)]
    return spread


def straight(pixels: NDArray[Any]) -> NDArray[Any]:
    """Undo the multiplication of colors by alpha, the last band."""
    full = np.iinfo(pixels.dtype).max
    result = pixels.copy()
    rows = max(1, _AT_ONCE // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        block = pixels[top : top + rows]
        alpha = np.maximum(block[..., -1:], 1).astype(np.float32)
        color = np.rint(block[..., :-1] * (full / alpha))
        result[top : top + rows, :, :-1] = np.minimum(color, full)
    return result
