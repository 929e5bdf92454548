"""The segments of JPEG files that hold metadata: APP1 (EXIF, XMP), APP13 (Photoshop), COM.

A segment holds 65,533 bytes. Longer XMP goes into a main packet and an extension in pieces
(XMP specification, part 3, section 1.1.3.1).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import BinaryIO

from autochrome.photo.metadata.exif import PREFIX
from autochrome.photo.metadata.insert import insert

_APP1, _APP13, _COMMENT = 0xE1, 0xED, 0xFE
_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_LARGEST = 65_533
_GUID, _MORE_HEAD = 32, 40  # of an extension's piece: its name; name, full size and offset
_LARGEST_EXTENSION = 1 << 28

LARGEST_EXIF = _LARGEST - len(PREFIX)
LARGEST_XMP = _LARGEST - len(_XMP)
LARGEST_PHOTOSHOP = _LARGEST - len(_PHOTOSHOP)


class JpegError(ValueError):
    """Not a JPEG file, or not a whole one."""


def read_segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield marker and payload of each segment before the pixels.

    Raises
    ------
    JpegError
        Where the file stops being JPEG; what was yielded before is good.
    """
    file.seek(0)
    if file.read(2) != bytes([0xFF, _START]):
        raise JpegError("no JPEG header")
    while True:
        marker = _next_marker(file)
        if marker in (_SCAN, _END):
            return
        if marker in _ALONE:
            continue
        head = file.read(2)
        size = struct.unpack(">H", head)[0] - 2 if len(head) == 2 else -1
        payload = file.read(size) if size >= 0 else b""
        if size < 0 or len(payload) < size:
            raise JpegError("a segment is cut short")
        yield marker, payload


def read_jpeg(file: BinaryIO) -> tuple[bytes, bytes, bytes, bytes, tuple[bytes, ...]]:
    """Read EXIF (without prefix), XMP, its extension, Photoshop resources and comments."""
    exif = xmp = photoshop = b""
    comments: list[bytes] = []
    pieces: dict[bytes, dict[int, bytes]] = {}
    sizes: dict[bytes, int] = {}
    try:
        for marker, payload in read_segments(file):
            if marker == _APP1 and payload.startswith(PREFIX):
                exif = exif or payload[len(PREFIX) :]
            elif marker == _APP1 and payload.startswith(_XMP):
                xmp = xmp or payload[len(_XMP) :]
            elif marker == _APP1 and payload.startswith(_XMP_MORE):
                piece = payload[len(_XMP_MORE) :]
                if len(piece) > _MORE_HEAD:
                    name, (size, offset) = piece[:_GUID], struct.unpack_from(">II", piece, _GUID)
                    sizes[name] = size
                    pieces.setdefault(name, {})[offset] = piece[_MORE_HEAD:]
            elif marker == _APP13 and payload.startswith(_PHOTOSHOP):
                photoshop += payload[len(_PHOTOSHOP) :]
            elif marker == _COMMENT:
                comments.append(payload)
    except JpegError:
        pass  # whether the pixels are damaged as well is found out where they are read
    return exif, xmp, _extension(xmp, pieces, sizes), photoshop, tuple(comments)


def photoshop_payload(resources: bytes) -> bytes:
    """Return what libvips writes into APP13."""
    return _PHOTOSHOP + resources


def insert_segments(
    file: BinaryIO,
    *,
    xmp: tuple[bytes, bytes] | None = None,
    resources: bytes = b"",
    comments: tuple[bytes, ...] = (),
) -> None:
    """Insert metadata into a complete JPEG file: what is too long for libvips, and comments.

    Parameters
    ----------
    xmp : main packet and extension.
    resources : of Photoshop, any number of bytes.
    comments : at most 65,533 bytes of each are written.

    Raises
    ------
    JpegError
        If it is no JPEG file, or the main packet is too long.
    """
    added = b""
    if xmp:
        main, extension = xmp
        name = guid(extension)
        added += _segment(_APP1, _XMP + main)
        step = _LARGEST - len(_XMP_MORE) - _MORE_HEAD
        for offset in range(0, len(extension), step):
            head = _XMP_MORE + name + struct.pack(">II", len(extension), offset)
            added += _segment(_APP1, head + extension[offset : offset + step])
    for offset in range(0, len(resources), LARGEST_PHOTOSHOP):
        part = resources[offset : offset + LARGEST_PHOTOSHOP]
        added += _segment(_APP13, _PHOTOSHOP + part)
    for comment in comments:
        added += _segment(_COMMENT, comment[:_LARGEST])
    if added:
        insert(file, _after_exif(file), added)


def guid(extension: bytes) -> bytes:
    """Name an extension: by its MD5, as the specification wants."""
    return hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()


def _extension(xmp: bytes, pieces: dict[bytes, dict[int, bytes]], sizes: dict[bytes, int]) -> bytes:
    """Join the pieces of the extension that the main packet names; nothing if one is missing."""
    for name, parts in pieces.items():
        size = sizes[name]
        if name not in xmp or size > _LARGEST_EXTENSION:
            continue
        data = b"".join(parts[offset] for offset in sorted(parts))
        if len(data) == size:
            return data
    return b""


def _next_marker(file: BinaryIO) -> int:
    if file.read(1) != b"\xff":
        raise JpegError("a marker is missing")
    byte = file.read(1)
    while byte == b"\xff":  # fill bytes
        byte = file.read(1)
    if not byte:
        raise JpegError("cut short")
    return byte[0]


def _segment(marker: int, payload: bytes) -> bytes:
    if len(payload) > _LARGEST:
        raise JpegError(f"{len(payload)} bytes are too many for a segment")
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _after_exif(file: BinaryIO) -> int:
    """Return where XMP goes: after JFIF and EXIF, before what follows them."""
    position = 2
    for marker, payload in read_segments(file):
        if marker not in (0xE0, _APP1):
            break
        position += 4 + len(payload)
    return position
