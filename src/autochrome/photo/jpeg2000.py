"""JPEG 2000: OpenJPEG decodes (through imagecodecs), this reads what it does not tell.

Size and depth stand in the codestream (ISO/IEC 15444-1, annex A.5.1), the color space, the
resolution and metadata in boxes around it (annex I); a bare codestream has none of these.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from autochrome.photo.boxes import boxes, unpack
from autochrome.photo.decoded import DamageError, Decoded, Request, decoding, full_range, straight

_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ
_BYTES_PER_PIXEL = 12  # of each component: 32 bits in OpenJPEG, then our copies
_BYTES_PER_TILE = 4096  # of each component, in OpenJPEG
_MOST_COMPONENTS = 5
_MOST_DENSE = 1e6  # pixels a millimeter; libvips takes no more
_INKS = 12
_SPACES = (None, _INKS, 16, 17, 18)  # sRGB, gray and sYCC, which imagecodecs makes RGB of
_SPACE_OF_PROFILE = {b"RGB ": None, b"GRAY": None, b"CMYK": _INKS}
_PREMULTIPLIED = 2
_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_ADVICE = "Convert it to a TIFF or PNG of 8 or 16 bits first (opj_decompress -i IN -o OUT.tif)"


@dataclass(frozen=True)
class _Size:
    """What the codestream says first: pixels, and of each component bits, sign and spacing."""

    height: int
    width: int
    num_tiles: int
    components: tuple[tuple[int, int, int, int], ...]


@dataclass
class _Described:
    """What the boxes around the codestream say."""

    space: int | str | None = None
    icc_profile: bytes | None = None
    palette_bits: int | None = None
    palette_columns: int = 0
    premultiplied: bool = False
    resolution: tuple[float, float] | None = None
    exif: bytes = b""
    xmp: bytes = b""


def read_jpeg2000(request: Request) -> Decoded:
    """Read a JPEG 2000 file or codestream of up to 16 bits.

    Raises
    ------
    ImportError
        If imagecodecs is not installed.
    UnreadablePhotoError
        If its components are of a kind that makes no photograph.
    PhotoTooLargeError, PhotoMemoryError
        If it is too large.
    """
    from imagecodecs import jpeg2k_decode

    data = request.read_all()
    described, codestream = _described(data)
    size = _size(codestream)
    count = max(len(size.components), described.palette_columns)
    tiles = size.num_tiles * _BYTES_PER_TILE
    request.check_size(size.height, size.width, count * _BYTES_PER_PIXEL, count * tiles)
    if count > _MOST_COMPONENTS:
        raise request.refusal(f"of {count} components", _ADVICE)
    first = size.components[0]
    if len(set(size.components)) != 1:
        raise request.refusal(
            "whose components differ in depth or size, as of halved color (4:2:0)", _ADVICE
        )
    if first[1]:
        raise request.refusal("of signed numbers", _ADVICE)
    if first[2:] != (1, 1):
        raise request.refusal("with fewer pixels stored than it is large", _ADVICE)
    if described.space not in _SPACES:
        raise request.refusal(f"in an uncommon color space ({described.space})", _ADVICE)
    bits = described.palette_bits or first[0]
    if bits > 16:
        raise request.refusal(f"of {bits} bits", _ADVICE)
    with decoding():
        pixels = jpeg2k_decode(data)
    pixels = full_range(pixels, bits)
    inks = described.space == _INKS
    if pixels.ndim == 3 and pixels.shape[2] > 4 + inks:
        raise request.refusal(f"of {pixels.shape[2]} components", _ADVICE)
    if described.premultiplied and pixels.ndim == 3:
        pixels = straight(pixels)
    return Decoded(
        pixels=pixels,
        icc_profile=described.icc_profile,
        exif=described.exif,
        xmp=described.xmp,
        resolution=described.resolution,
        inks=inks,
    )


def _size(codestream: bytes | memoryview) -> _Size:
    if codestream[:4] != _CODESTREAM:  # OpenJPEG would look for the size further on
        raise DamageError("its size is missing")
    right, bottom, left, top = unpack(">IIII", codestream, 8)
    across, down, first_left, first_top = unpack(">IIII", codestream, 24)
    (count,) = unpack(">H", codestream, 40)
    numbers = unpack(f"{3 * count}B", codestream, 42)
    components = [
        ((depth & 0x7F) + 1, depth >> 7, *spacing)
        for depth, *spacing in zip(*[iter(numbers)] * 3, strict=True)
    ]
    if not count or right <= left or bottom <= top:
        raise DamageError("its size is missing")
    if not across or not down:
        raise DamageError("its tiles have no size")
    num_tiles = -(-(right - first_left) // across) * -(-(bottom - first_top) // down)
    return _Size(bottom - top, right - left, num_tiles, tuple(components))


def _described(data: bytes) -> tuple[_Described, bytes | memoryview]:
    """Read the boxes, as far as the codestream and what can be read behind it."""
    described = _Described()
    if data.startswith(_CODESTREAM):
        return described, data
    codestream = None
    for kind, content in _boxes_of_file(data):
        if kind == b"jp2h":
            for inner, header in boxes(content):
                _describe(described, inner, header)
        elif kind == b"uuid":
            if content[:16] == _EXIF:
                described.exif = bytes(content[16:])
            elif content[:16] == _XMP:
                described.xmp = bytes(content[16:])
        elif kind == b"jp2c" and codestream is None:
            codestream = content
    if codestream is None:
        raise DamageError("there is no codestream in it")
    return described, codestream


def _boxes_of_file(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Walk the boxes; what stands behind the codestream may be anything."""
    is_complete = False
    try:
        for kind, content in boxes(data):
            yield kind, content
            is_complete = is_complete or kind == b"jp2c"
    except DamageError:
        if not is_complete:
            raise


def _describe(described: _Described, kind: bytes, content: memoryview) -> None:
    """Take over what a box of the header says."""
    if kind == b"colr" and described.space is None and described.icc_profile is None:
        (method,) = unpack("B", content)
        if method == 1:  # the first one counts (annex I.5.3.3)
            (described.space,) = unpack(">I", content, 3)
        elif method in (2, 3):
            profile = bytes(content[3:])
            named = profile[16:20]
            described.icc_profile = profile
            described.space = _SPACE_OF_PROFILE.get(named, repr(named)[2:-1].strip())
    elif kind == b"pclr":
        described.palette_columns, depth = unpack("BB", content, 2)
        described.palette_bits = (depth & 0x7F) + 1
    elif kind == b"cdef":
        channels = struct.iter_unpack(">HHH", content[2 : 2 + (len(content) - 2) // 6 * 6])
        described.premultiplied = any(use == _PREMULTIPLIED for _, use, _ in channels)
    elif kind == b"res ":
        for inner, value in boxes(content):
            if inner == b"resc":
                described.resolution = _resolution(value)


def _resolution(value: memoryview) -> tuple[float, float] | None:
    """Read pixels a millimeter, across and down, as they were captured."""
    above_y, below_y, above_x, below_x, power_y, power_x = unpack(">HHHHbb", value)
    if not (below_x and below_y):
        return None
    across = above_x / below_x * 10.0 ** (power_x - 3)
    down = above_y / below_y * 10.0 ** (power_y - 3)
    return (across, down) if 0 < min(across, down) <= max(across, down) <= _MOST_DENSE else None
