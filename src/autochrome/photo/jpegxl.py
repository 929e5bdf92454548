"""JPEG XL: libjxl decodes (through imagecodecs), upright; the header and the boxes say the rest.

A JPEG that was packed into JPEG XL without loss is unpacked again, with all that it held.
"""

from __future__ import annotations

from autochrome.photo.boxes import boxes
from autochrome.photo.decoded import Decoded, Request, full_range, straight
from autochrome.photo.jpegxl_header import ALPHA, ColorEncoding, Header, read_header
from autochrome.photo.primaries import (
    BT709_CURVE,
    D65,
    SRGB,
    SRGB_CURVE,
    gray_profile,
    matrix_profile,
)

_BYTES_PER_CHANNEL = 8  # and pixel: 32 bits in libjxl, then our copies; 5 measured
_START = 4096  # bytes: no header is longer
_MOST_METADATA = 16 << 20
_MOST_TIMES_LONGER = 4  # is a JPEG than what it was packed into
_CURVES = {1: BT709_CURVE, 8: (1.0,), 17: (2.6,)}  # by number of ITU-T H.273; else that of sRGB
_ADVICE = "Convert it to PNG first (djxl IN.jxl OUT.png)"


def read_jpegxl(request: Request) -> Decoded | bytes:
    """Read a JPEG XL file of up to 16 bits; of an animation, the first frame.

    Returns
    -------
    The pixels; or the JPEG that the file holds.

    Raises
    ------
    ImportError
        If imagecodecs is not installed.
    UnreadablePhotoError
        If its numbers are of a kind that makes no photograph, or an ICC profile says what they
        mean, which imagecodecs does not hand out.
    PhotoTooLargeError, PhotoMemoryError
        If it is too large.
    """
    from imagecodecs import jpegxl_decode, jpegxl_decode_jpeg

    data = request.read_all()
    codestream, described = _unpacked(data)
    header = read_header(codestream)
    request.check_size(header.height, header.width, _BYTES_PER_CHANNEL * header.num_bands)
    if b"jbrd" in described:
        most = _MOST_TIMES_LONGER * len(data) + _MOST_METADATA
        return bytes(jpegxl_decode_jpeg(data, numthreads=1, out=most))
    profile = _profile(request, header)
    pixels = jpegxl_decode(data, index=0)
    request.check_size(pixels.shape[0], pixels.shape[1], _BYTES_PER_CHANNEL * header.num_bands)
    if pixels.shape[2:] not in ((header.num_bands,), () if header.num_bands == 1 else None):
        raise ValueError("its channels are not those of its header")
    pixels = full_range(pixels, header.bits)
    exif = described.get(b"Exif", b"")
    return Decoded(
        pixels=straight(pixels) if header.premultiplied else pixels,
        icc_profile=profile,
        exif=exif[4 + int.from_bytes(exif[:4], "big") :],  # behind the length of what to skip
        xmp=described.get(b"xml ", b""),
    )


def _unpacked(data: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the beginning of the codestream, and what the other boxes hold."""
    if data.startswith(b"\xff\x0a"):
        return data[:_START], {}
    codestream = b""
    described: dict[bytes, bytes] = {}
    for kind, content in boxes(data):
        if kind in (b"jxlc", b"jxlp"):
            part = content[4:] if kind == b"jxlp" else content  # behind its number
            codestream += bytes(part[: _START - len(codestream)])
        elif kind == b"brob":
            described.setdefault(bytes(content[:4]), _expanded(bytes(content[4:])))
        elif kind in (b"Exif", b"xml ", b"jbrd"):
            described.setdefault(kind, bytes(content))
    return codestream, described


def _expanded(packed: bytes) -> bytes:
    from imagecodecs import brotli_decode

    return bytes(brotli_decode(packed, out=_MOST_METADATA))


def _profile(request: Request, header: Header) -> bytes | None:
    """Check that the header tells of a photograph, and make a profile of its color space."""
    color = header.color
    if header.is_float or header.bits > 16:
        raise request.refusal(f"of {header.bits} bits or floating point", _ADVICE)
    if header.channels not in ((), (ALPHA,)):
        raise request.refusal("with channels beside color and alpha", _ADVICE)
    if color.has_profile:
        raise request.refusal("with an ICC profile, which cannot be read from it", _ADVICE)
    if not (color.is_gray or (color.is_rgb and color.white and color.primaries)):
        raise request.refusal("in an uncommon color space", _ADVICE)
    if color.gamma is None:
        request.check_light(color.transfer)
    return _made(color)


def _made(color: ColorEncoding) -> bytes | None:
    curve = _CURVES.get(color.transfer, SRGB_CURVE)
    if color.gamma is not None:
        if not 0.1 < color.gamma <= 1:
            raise ValueError(f"its gamma is {color.gamma}")
        curve = (1 / color.gamma,)
    if color.is_gray:
        return None if curve == SRGB_CURVE else gray_profile(curve)
    if (color.primaries, color.white, curve) == (SRGB, D65, SRGB_CURVE):
        return None
    assert color.primaries is not None
    assert color.white is not None
    return matrix_profile(color.primaries, color.white, curve)
