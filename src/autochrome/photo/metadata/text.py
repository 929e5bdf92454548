"""Text that formats keep outside EXIF, XMP and IPTC: of PNG and GIF."""

from __future__ import annotations

import re
from typing import BinaryIO

import pyvips

from autochrome.photo.metadata import photoshop
from autochrome.photo.metadata.exif import PREFIX

_PNG = re.compile(r"png-comment-\d+-(.*)", re.DOTALL)
_PROFILE = "Raw profile type "
_GIF_XMP = b"!\xff\x0bXMP DataXMP"
_GIF_END = b"\x01\xff\xfe\xfd"  # the trailer counts down from here
_LARGEST = 1 << 24


def read_png_text(image: pyvips.Image) -> tuple[tuple[str, str], ...]:
    """Return keyword and text of each text chunk that is not a profile."""
    return tuple(
        (keyword, str(image.get(name)))
        for name, keyword in _png_keywords(image)
        if not keyword.startswith(_PROFILE)
    )


def read_png_profiles(image: pyvips.Image) -> dict[str, bytes]:
    """Return ``exif``, ``xmp`` and ``iptc`` that ImageMagick and ExifTool keep as text."""
    profiles: dict[str, bytes] = {}
    for name, keyword in _png_keywords(image):
        kind = keyword.removeprefix(_PROFILE)
        if kind == keyword:
            continue
        lines = str(image.get(name)).strip().split("\n", 2)  # its name, its size, its bytes
        try:
            data = bytes.fromhex("".join(lines[2].split())) if lines[2:] else b""
        except ValueError:
            continue
        if kind in ("iptc", "8bim"):
            _, iptc = photoshop.split_iptc(data)
            profiles["iptc"] = iptc or (data if data.startswith(b"\x1c") else b"")
        elif kind in ("exif", "APP1") and data.startswith(PREFIX):
            profiles["exif"] = data.removeprefix(PREFIX)
        elif kind == "xmp":
            profiles["xmp"] = data
    return profiles


def without_png_text(image: pyvips.Image) -> pyvips.Image:
    """Return the image without text chunks."""
    image = image.copy()
    for name, _ in _png_keywords(image):
        image.remove(name)
    return image


def add_png_text(image: pyvips.Image, texts: tuple[tuple[str, str], ...]) -> pyvips.Image:
    """Return the image with these text chunks."""
    image = image.copy()
    for number, (keyword, text) in enumerate(texts):
        image.set_type(pyvips.GValue.gstr_type, f"png-comment-{number}-{keyword}", text)
    return image


def read_gif_xmp(file: BinaryIO) -> bytes:
    """Read XMP, which lies in a GIF as bytes that are no proper blocks."""
    file.seek(0)
    data = file.read(_LARGEST)
    _, found, rest = data.partition(_GIF_XMP)
    return rest.partition(_GIF_END)[0] if found else b""


def _png_keywords(image: pyvips.Image) -> list[tuple[str, str]]:
    matches = ((name, _PNG.fullmatch(name)) for name in image.get_fields())
    return [(name, match[1]) for name, match in matches if match]
