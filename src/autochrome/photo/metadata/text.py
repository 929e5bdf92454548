"""Text that formats keep outside EXIF, XMP and IPTC: of PNG and GIF."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
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
_LARGEST = 1 << 24

Texts = tuple[tuple[str, str], ...]  # keyword and text


def read_png(file: BinaryIO) -> tuple[Texts, dict[str, bytes]]:
    """Read the text chunks of a PNG file; damaged ones are left out.

    Returns
    -------
    keyword and text of each; and ``exif``, ``xmp`` and ``iptc``, as far as the file keeps them
    as text, which is what ImageMagick and ExifTool do.
    """
    texts: list[tuple[str, str]] = []
    profiles: dict[str, bytes] = {}
    for kind, data in _text_chunks(file):
        try:
            keyword, text = _decoded(kind, data)
            if keyword.startswith(_PROFILE):
                profiles |= _profile(keyword.removeprefix(_PROFILE), text)
            elif keyword != _XMP_KEYWORD:
                texts.append((keyword, text))
        except (ValueError, zlib.error):
            continue
    return tuple(texts), profiles


def insert_png_text(file: BinaryIO, texts: Texts) -> None:
    """Insert text chunks into a complete PNG file."""
    chunks = b"".join(_chunk(keyword, text) for keyword, text in texts)
    if chunks:
        insert(file, _AFTER_HEADER, chunks)


def read_gif_xmp(file: BinaryIO) -> bytes:
    """Read XMP, which lies in a GIF as bytes that are no proper blocks."""
    file.seek(0)
    data = file.read(_LARGEST)
    _, found, rest = data.partition(_GIF_XMP)
    return rest.partition(_GIF_END)[0] if found else b""


def _chunk(keyword: str, text: str) -> bytes:
    name = keyword.encode("latin-1") + b"\0"
    try:
        kind, data = b"tEXt", name + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", name + b"\0\0\0\0" + text.encode()
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(0)
    if file.read(8) != _PNG_SIGNATURE:
        return
    while len(head := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        if kind in _TEXT_CHUNKS and size <= _LARGEST:
            yield kind, file.read(size)
            file.seek(4, os.SEEK_CUR)
        else:
            file.seek(size + 4, os.SEEK_CUR)


def _decoded(kind: bytes, data: bytes) -> tuple[str, str]:
    """Split a chunk (PNG specification, section 11.3.3): Latin-1, or UTF-8 if international."""
    keyword, _, rest = data.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return name, rest.decode("latin-1")
    if kind == b"zTXt":
        return name, _inflated(rest[1:]).decode("latin-1")
    compressed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # the language
    _, _, rest = rest.partition(b"\0")  # the keyword in that language
    return name, (_inflated(rest) if compressed else rest).decode()


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _LARGEST)


def _profile(kind: str, text: str) -> dict[str, bytes]:
    lines = text.strip().split("\n", 2)  # its name, its size, its bytes
    data = bytes.fromhex("".join(lines[2].split())) if lines[2:] else b""
    if kind in ("iptc", "8bim"):
        _, iptc = photoshop.split_iptc(data)
        return {"iptc": iptc or (data if data.startswith(b"\x1c") else b"")}
    if kind in ("exif", "APP1") and data.startswith(PREFIX):
        return {"exif": data.removeprefix(PREFIX)}
    return {"xmp": data} if kind == "xmp" else {}
