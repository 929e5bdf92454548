"""Text that formats keep outside EXIF, XMP and IPTC: of PNG and GIF."""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from autochrome.photo.metadata import photoshop
from autochrome.photo.metadata.exif import PREFIX
from autochrome.photo.metadata.insert import insert

_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33  # signature and IHDR
_XMP_KEYWORD = "XML:com.adobe.xmp"  # libvips knows that one
_PROFILE = "Raw profile type "
_GIF_XMP = b"!\xff\x0bXMP DataXMP"
_GIF_END = b"\x01\xff\xfe\xfd"  # the trailer counts down from here
_GIF_SEARCHED = 1 << 24  # bytes
_HIDDEN = b"auTo"  # an optional chunk of nobody's, which readers pass over

# Bytes that all text of a PNG file may unpack to. The longest XMP, of corrections painted by hand,
# has a megabyte or two; what packs four into four kilobytes is no description.
_MOST_TEXT = 1 << 22
_OVERHEAD = 64  # bytes that a chunk takes besides its text
_STEP = 1 << 16

Texts = tuple[tuple[str, str], ...]  # keyword and text


class _TooLongError(ValueError):
    """Text for which those before leave no room."""


class _Room:
    """The bytes that text may still have."""

    def __init__(self) -> None:
        self._left = _MOST_TEXT

    def take(self, num_bytes: int) -> None:
        if num_bytes > self._left:
            raise _TooLongError
        self._left -= num_bytes


def read_png(file: BinaryIO) -> tuple[Texts, dict[str, bytes], int]:
    """Read the text chunks of a PNG file; damaged ones are left out.

    Returns
    -------
    keyword and text of each; ``exif``, ``xmp`` and ``iptc``, as far as the file keeps them as
    text, which is what ImageMagick and ExifTool do; and how many chunks are too long to be read.
    """
    texts: list[tuple[str, str]] = []
    profiles: dict[str, bytes] = {}
    num_too_long = 0
    for _, found in _read_chunks(file):
        if found is None:
            num_too_long += 1
        elif found[0].startswith(_PROFILE):
            with suppress(ValueError):
                profiles |= _profile(found[0].removeprefix(_PROFILE), found[1])
        elif found[0] != _XMP_KEYWORD:
            texts.append(found)
    return tuple(texts), profiles, num_too_long


def too_long_for_png(file: BinaryIO) -> list[int]:
    """Return where the chunks before the pixels start that `read_png` finds too long."""
    return [start for start, found in _read_chunks(file, before_pixels=True) if found is None]


def hide_chunks(data: bytearray | mmap.mmap, starts: list[int]) -> None:
    """Make chunks of a PNG file such as readers pass over, in place."""
    for start in starts:
        (size,) = struct.unpack_from(">I", data, start)
        end = start + 8 + size
        data[start + 4 : start + 8] = _HIDDEN
        struct.pack_into(">I", data, end, zlib.crc32(memoryview(data)[start + 4 : end]))


def insert_png_text(file: BinaryIO, texts: Texts) -> None:
    """Insert text chunks into a complete PNG file."""
    chunks = b"".join(_chunk(keyword, text) for keyword, text in texts)
    if chunks:
        insert(file, _AFTER_HEADER, chunks)


def read_gif_xmp(file: BinaryIO) -> bytes:
    """Read XMP, which lies in a GIF as bytes that are no proper blocks."""
    file.seek(0)
    data = file.read(_GIF_SEARCHED)
    _, found, rest = data.partition(_GIF_XMP)
    return rest.partition(_GIF_END)[0] if found else b""


def _chunk(keyword: str, text: str) -> bytes:
    name = keyword.encode("latin-1") + b"\0"
    try:
        kind, data = b"tEXt", name + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", name + b"\0\0\0\0" + text.encode()
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _read_chunks(
    file: BinaryIO, *, before_pixels: bool = False
) -> Iterator[tuple[int, tuple[str, str] | None]]:
    """Yield where text chunks start, their keyword and text; None for those that are too long."""
    room = _Room()
    for start, kind, size in _text_chunks(file, before_pixels):
        found = None
        try:
            room.take(size + _OVERHEAD)
            found = _decoded(kind, file.read(size), room)
        except _TooLongError:
            pass
        except (ValueError, zlib.error):
            continue
        yield start, found


def _text_chunks(file: BinaryIO, before_pixels: bool) -> Iterator[tuple[int, bytes, int]]:
    """Yield start, kind and size of each whole text chunk, whose data come next in the file."""
    file_size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = len(_PNG_SIGNATURE)
    if file.read(start) != _PNG_SIGNATURE:
        return
    while len(head := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        end = start + 12 + size
        if end > file_size or (before_pixels and kind == b"IDAT"):
            return
        if kind in _TEXT_CHUNKS:
            yield start, kind, size
        start = file.seek(end)


def _decoded(kind: bytes, data: bytes, room: _Room) -> tuple[str, str]:
    """Split a chunk (PNG specification, section 11.3.3): Latin-1, or UTF-8 if international."""
    keyword, _, rest = data.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return name, rest.decode("latin-1")
    if kind == b"zTXt":
        return name, _inflated(rest[1:], room).decode("latin-1")
    compressed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # the language
    _, _, rest = rest.partition(b"\0")  # the keyword in that language
    return name, (_inflated(rest, room) if compressed else rest).decode()


def _inflated(data: bytes, room: _Room) -> bytes:
    unpacker = zlib.decompressobj()
    pieces = []
    while data and not unpacker.eof:
        pieces.append(unpacker.decompress(data, _STEP))
        room.take(len(pieces[-1]))
        data = unpacker.unconsumed_tail
    return b"".join(pieces)


def _profile(kind: str, text: str) -> dict[str, bytes]:
    lines = text.strip().split("\n", 2)  # its name, its size, its bytes
    data = bytes.fromhex("".join(lines[2].split())) if lines[2:] else b""
    if kind in ("iptc", "8bim"):
        _, iptc = photoshop.split_iptc(data)
        return {"iptc": iptc or (data if data.startswith(b"\x1c") else b"")}
    if kind in ("exif", "APP1") and data.startswith(PREFIX):
        return {"exif": data.removeprefix(PREFIX)}
    return {"xmp": data} if kind == "xmp" else {}
