"""Photoshop image resources ("8BIM" blocks), the wrapper of IPTC in JPEG and more."""

from __future__ import annotations

import struct

IPTC, COPYRIGHT_FLAG, URL, DIGEST = 1028, 1034, 1035, 1061

# Of the uncolored picture, or kept elsewhere already.
_STALE = frozenset({1033, 1036, 1039, 1041, 1058, 1059, 1060})  # thumbnails, ICC, EXIF, XMP
_SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")

Resources = tuple[tuple[int, bytes, bytes], ...]  # number, name with its length and padding, data


def read_resources(data: bytes) -> Resources:
    """Split resources; what follows damage is left out."""
    resources = []
    position = 0
    while position + 12 <= len(data) and data[position : position + 4] in _SIGNATURES:
        (number,) = struct.unpack_from(">H", data, position + 4)
        name_end = position + 7 + data[position + 6]
        name_end += (name_end - position) % 2
        if name_end + 4 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, name_end)
        if name_end + 4 + size > len(data):
            break
        name = data[position + 6 : name_end]
        resources.append((number, name, data[name_end + 4 : name_end + 4 + size]))
        position = name_end + 4 + size + size % 2
    return tuple(resources)


def split_iptc(data: bytes) -> tuple[Resources, bytes]:
    """Return the resources that are worth keeping, and the IPTC in them."""
    resources = read_resources(data)
    iptc = next((content for number, _, content in resources if number == IPTC), b"")
    return tuple(one for one in resources if one[0] not in _STALE and one[0] != IPTC), iptc


def write_resources(resources: Resources, iptc: bytes) -> bytes:
    """Join resources, IPTC first."""
    both = (((IPTC, b"\0\0", iptc),) if iptc else ()) + resources
    return b"".join(
        b"8BIM"
        + struct.pack(">H", number)
        + name
        + struct.pack(">I", len(content))
        + content
        + b"\0" * (len(content) % 2)
        for number, name, content in both
    )
