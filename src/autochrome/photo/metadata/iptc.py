"""IPTC-IIM, the older form of IPTC metadata, and what it is called in XMP.

The mapping is that of the IPTC Photo Metadata Standard and of the Metadata Working Group's
guidelines (2010), as ExifTool's ``iptc2xmp.args`` spells it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autochrome.photo.metadata.xmp import Property

_UTF8 = b"\x1b%G"
_CHARACTER_SET = (1, 90)
_BOOKKEEPING = {(1, 0), (2, 0), _CHARACTER_SET}  # of the format, not of the photograph
_SPLIT_DATES = {(2, 55): (2, 60), (2, 62): (2, 63)}  # date and its time
_NAMES = {
    (2, 4): "ObjectAttributeReference",
    (2, 5): "ObjectName",
    (2, 7): "EditStatus",
    (2, 10): "Urgency",
    (2, 12): "SubjectReference",
    (2, 15): "Category",
    (2, 20): "SupplementalCategories",
    (2, 22): "FixtureIdentifier",
    (2, 25): "Keywords",
    (2, 26): "ContentLocationCode",
    (2, 27): "ContentLocationName",
    (2, 30): "ReleaseDate",
    (2, 35): "ReleaseTime",
    (2, 37): "ExpirationDate",
    (2, 38): "ExpirationTime",
    (2, 40): "SpecialInstructions",
    (2, 55): "DateCreated",
    (2, 60): "TimeCreated",
    (2, 62): "DigitalCreationDate",
    (2, 63): "DigitalCreationTime",
    (2, 65): "OriginatingProgram",
    (2, 70): "ProgramVersion",
    (2, 75): "ObjectCycle",
    (2, 80): "By-line",
    (2, 85): "By-lineTitle",
    (2, 90): "City",
    (2, 92): "Sub-location",
    (2, 95): "Province-State",
    (2, 100): "Country-PrimaryLocationCode",
    (2, 101): "Country-PrimaryLocationName",
    (2, 103): "OriginalTransmissionReference",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "CopyrightNotice",
    (2, 118): "Contact",
    (2, 120): "Caption-Abstract",
    (2, 122): "Writer-Editor",
    (2, 131): "ImageOrientation",
    (2, 135): "LanguageIdentifier",
}
_PROPERTIES = {
    (2, 5): Property("dc:title", "language"),
    (2, 10): Property("photoshop:Urgency"),
    (2, 15): Property("photoshop:Category"),
    (2, 20): Property("photoshop:SupplementalCategories", "unordered"),
    (2, 25): Property("dc:subject", "unordered"),
    (2, 40): Property("photoshop:Instructions"),
    (2, 55): Property("photoshop:DateCreated"),
    (2, 62): Property("xmp:CreateDate"),
    (2, 80): Property("dc:creator", "ordered"),
    (2, 85): Property("photoshop:AuthorsPosition"),
    (2, 90): Property("photoshop:City"),
    (2, 92): Property("Iptc4xmpCore:Location"),
    (2, 95): Property("photoshop:State"),
    (2, 100): Property("Iptc4xmpCore:CountryCode"),
    (2, 101): Property("photoshop:Country"),
    (2, 103): Property("photoshop:TransmissionReference"),
    (2, 105): Property("photoshop:Headline"),
    (2, 110): Property("photoshop:Credit"),
    (2, 115): Property("photoshop:Source"),
    (2, 116): Property("dc:rights", "language"),
    (2, 120): Property("dc:description", "language"),
    (2, 122): Property("photoshop:CaptionWriter"),
}


def read_iptc(data: bytes) -> dict[tuple[int, int], list[str]]:
    """Read the values of each (record, dataset), decoded; what follows damage is left out."""
    found: dict[tuple[int, int], list[bytes]] = {}
    for key, value in _datasets(data):
        found.setdefault(key, []).append(value)
    declared = found.get(_CHARACTER_SET, [b""])[0] == _UTF8
    return {key: [_decode(value, declared) for value in values] for key, values in found.items()}


def as_xmp(data: bytes) -> tuple[list[tuple[str, Property, list[str]]], list[str]]:
    """Translate to XMP.

    Returns
    -------
    name in IPTC, XMP property and values of each; and the names of what has no place in XMP.
    """
    found = read_iptc(data)
    translated, lost = [], []
    for key, values in found.items():
        name = _NAMES.get(key, f"{key[0]}:{key[1]}")
        if key in _BOOKKEEPING or any(key == t and d in found for d, t in _SPLIT_DATES.items()):
            continue
        if key not in _PROPERTIES:
            lost.append(name)
            continue
        if key in _SPLIT_DATES:
            values = [_date(values[0], found.get(_SPLIT_DATES[key], [""])[0])]
        translated.append((name, _PROPERTIES[key], values))
    return translated, lost


def _datasets(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    position = 0
    while position + 5 <= len(data) and data[position] == 0x1C:
        key = (data[position + 1], data[position + 2])
        size = int.from_bytes(data[position + 3 : position + 5], "big")
        position += 5
        if size & 0x8000:  # extended: so many bytes hold the size
            width = size & 0x7FFF
            size = int.from_bytes(data[position : position + width], "big")
            position += width
        if position + size > len(data):
            return
        yield key, data[position : position + size]
        position += size


def _decode(value: bytes, declared: bool) -> str:
    """Decode UTF-8, whether declared or only meant; else what was common before it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("utf-8" if declared else "latin-1", "replace")


def _date(date: str, time: str) -> str:
    """Join 19360301 and 120000+0100 to an ISO 8601 date; other writings stay as they are."""
    day = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", date)
    if not day:
        return date
    year, month, of_month = day.groups()
    if month == "00":
        return year
    if of_month == "00":
        return f"{year}-{month}"
    hour = re.fullmatch(r"(\d\d):?(\d\d):?(\d\d)(?:([+-]\d\d):?(\d\d))?", time)
    clock = "T{}:{}:{}".format(*hour.groups()[:3]) if hour else ""
    zone = "{}:{}".format(*hour.groups()[3:]) if hour and hour[4] else ""
    return f"{year}-{month}-{of_month}{clock}{zone}"
