"""HEIC, as telephones and cameras write it: pillow-heif decodes, this says what its numbers mean.

libheif turns the picture upright itself (``irot``, ``imir``); the orientation that EXIF may still
tell has no say (ISO/IEC 23008-12, annex A). Of several pictures in a file the primary one is read,
without its depth map and without its gain map, which is for screens of high contrast.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autochrome.photo.decoded import DamageError, Decoded, Request, decoding, full_range, straight
from autochrome.photo.heif_boxes import stored_sizes, without_profile
from autochrome.photo.primaries import BT2020, P3, matrix_profile

_BYTES_PER_PIXEL, _DEEP_BYTES_PER_PIXEL = 18, 36  # of planes, RGBA and our copies of it

# Names of ITU-T H.273. What is not told, or is of video, is sRGB, as everywhere.
_PRIMARIES = {9: BT2020, 12: P3}
_HIGH_CONTRAST = {16: "PQ", 18: "HLG"}


def read_heif(request: Request) -> Decoded:
    """Read the primary picture of a HEIC file; 10 and 12 bits become 16.

    Raises
    ------
    ImportError
        If pillow-heif is not installed.
    UnreadablePhotoError
        If its light is that of a screen of high contrast.
    PhotoTooLargeError, PhotoMemoryError
        If it is too large.
    """
    data = request.read_all()
    for width, height in stored_sizes(data):
        request.check_size(height, width, _BYTES_PER_PIXEL)
    picture = _opened(data)
    bits = _bits(picture.mode)
    for width, height in _whole_sizes(picture):
        needed = _BYTES_PER_PIXEL if bits == 8 else _DEEP_BYTES_PER_PIXEL
        request.check_size(height, width, needed)
    profile = picture.info.get("icc_profile")
    # libheif tells numbers only where there is no profile, and not those inside coded pictures.
    named = _opened(without_profile(data) if profile else data).info.get("nclx_profile") or {}
    _check_light(request, named.get("transfer_characteristics", 0))
    with decoding():
        pixels = np.asarray(picture)
    pixels = full_range(pixels, bits)
    return Decoded(
        pixels=straight(pixels) if picture.premultiplied_alpha else pixels,
        icc_profile=profile or _named_profile(named),
        exif=picture.info.get("exif") or b"",
        xmp=(picture.info.get("xmp") or b"").rstrip(b"\0"),
    )


def _opened(data: bytes) -> Any:
    """Open the primary picture, without decoding it."""
    import pillow_heif

    with decoding():
        # The depth that is stored: made 16 bits there, white would not be quite white.
        found = pillow_heif.open_heif(data, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        return found[found.primary_index]


def _whole_sizes(picture: Any) -> Iterator[tuple[int, int]]:
    """Return width and height of a picture, and of the grid of tiles that it is made of."""
    if 0 in picture.size:
        raise DamageError("its size is missing")
    yield picture.size
    if tiling := picture.info.get("tiling"):
        yield tiling["image_width"], tiling["image_height"]


def _bits(mode: str) -> int:
    """Read the depth from the name of a mode: "RGB" or "RGB;10"."""
    _, _, bits = mode.partition(";")
    return int(bits.rstrip("L") or 8)


def _check_light(request: Request, transfer: int) -> None:
    """Refuse light that is coded for screens of high contrast, whatever profile there is too."""
    if transfer in _HIGH_CONTRAST:
        kind = _HIGH_CONTRAST[transfer]
        raise request.refusal(
            f"with light for screens of high contrast ({kind}), not for a print",
            "Save it as an ordinary JPEG or TIFF first",
        )


def _named_profile(named: dict[str, Any]) -> bytes | None:
    """Make a profile of the color space that is named by numbers only (``nclx``)."""
    primaries = _PRIMARIES.get(named.get("color_primaries", 0))
    return matrix_profile(primaries) if primaries else None
