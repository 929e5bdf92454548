"""What fits into a format; the rest goes into XMP, or is named as lost."""

from __future__ import annotations

from dataclasses import replace

from autochrome.photo.ifd import IfdError
from autochrome.photo.metadata import exif, jpeg, photoshop
from autochrome.photo.metadata.iptc import as_xmp
from autochrome.photo.metadata.provenance import Provenance
from autochrome.photo.metadata.source import Metadata
from autochrome.photo.metadata.xmp import Property, Xmp, XmpError

JPEG, TIFF = frozenset({".jpg", ".jpeg"}), frozenset({".tif", ".tiff"})
_LARGEST_EXIF = jpeg.LARGEST_EXIF - 512  # of libexif, and less what surrounds the placeholder
_KEEPS_IPTC = JPEG | TIFF
_TEXT_PROPERTIES = {
    "Title": Property("dc:title", "language"),
    "Author": Property("dc:creator", "ordered"),
    "Description": Property("dc:description", "language"),
    "Comment": Property("dc:description", "language"),
    "Copyright": Property("dc:rights", "language"),
    "Software": Property("xmp:CreatorTool"),
    "Creation Time": Property("xmp:CreateDate"),
    "Source": Property("dc:source"),
}
_STALE_XMP = (  # of the uncolored picture
    "xmp:Thumbnails",
    "photoshop:ICCProfile",
    "tiff:BitsPerSample",
    "tiff:SamplesPerPixel",
    "tiff:PhotometricInterpretation",
)

_Move = tuple[str, Property, list[str]]  # a name to a person, where it goes in XMP, its values


def fit(
    metadata: Metadata, suffix: str, picture: exif.Picture, provenance: Provenance | None
) -> Metadata:
    """Return the metadata in the form in which they are written to a format.

    They are made true of the picture, and say its provenance unless it is None.
    """
    metadata = _fit_exif(metadata, suffix, picture)
    return _fit_xmp(metadata, suffix, picture, provenance)


def is_long(packet: bytes, suffix: str) -> bool:
    """Return whether XMP has to be split for the format."""
    return suffix in JPEG and len(packet) > jpeg.LARGEST_XMP


def _fit_exif(metadata: Metadata, suffix: str, picture: exif.Picture) -> Metadata:
    if not metadata.exif:
        return metadata
    dropped: list[str] = []
    try:
        block = exif.describe(metadata.exif, picture)
        if suffix not in TIFF and len(block) > _LARGEST_EXIF:
            block, dropped = exif.shorten(block, _LARGEST_EXIF)
    except IfdError:
        return _lose(replace(metadata, exif=b""), ["EXIF (damaged)"])
    return _lose(replace(metadata, exif=block), dropped)


def _fit_xmp(
    metadata: Metadata, suffix: str, picture: exif.Picture, provenance: Provenance | None
) -> Metadata:
    metadata, moves = _homeless(metadata, suffix)
    try:
        xmp = Xmp.parse(metadata.xmp)
    except XmpError as error:
        if provenance is None and _holds_damaged(metadata, suffix):
            return _lose(metadata, [name for name, _, _ in moves])
        metadata = _lose(replace(metadata, xmp=b""), [f"XMP (damaged: {error})"])
        xmp = Xmp.parse(b"")
    changed = _make_true(xmp, picture)
    metadata = _lose(
        metadata, [name for name, home, values in moves if not _add(xmp, home, values)]
    )
    if provenance:
        provenance.add_to(xmp)
    if not (changed or moves or provenance):
        return metadata
    return replace(metadata, xmp=xmp.write())


def _homeless(metadata: Metadata, suffix: str) -> tuple[Metadata, list[_Move]]:
    """Take out what the format has no place for, and say where in XMP it can go."""
    moves: list[_Move] = []
    lost: list[str] = []
    if suffix not in _KEEPS_IPTC:
        iptc_moves, iptc_lost = as_xmp(metadata.iptc)
        moves += [(f"IPTC:{name}", home, values) for name, home, values in iptc_moves]
        lost += [f"IPTC:{name}" for name in iptc_lost]
        others = 0
        for number, _, data in metadata.resources:
            if number == photoshop.COPYRIGHT_FLAG:
                values = [str(any(data))]
                moves.append(("Photoshop:CopyrightFlag", Property("xmpRights:Marked"), values))
            elif number == photoshop.URL:
                values = [data.decode("latin-1")]
                moves.append(("Photoshop:URL", Property("xmpRights:WebStatement"), values))
            else:
                others += number != photoshop.DIGEST
        lost += [f"Photoshop resources ({others})"] if others else []
        metadata = replace(metadata, iptc=b"", resources=())
    kept_texts = tuple(one for one in metadata.texts if _keeps_text(suffix, one[0]))
    for keyword, text in (one for one in metadata.texts if not _keeps_text(suffix, one[0])):
        if keyword in _TEXT_PROPERTIES:
            moves.append((f"text {keyword}", _TEXT_PROPERTIES[keyword], [text]))
        else:
            lost.append(f"text {keyword}")
    return _lose(replace(metadata, texts=kept_texts), lost), moves


def _keeps_text(suffix: str, keyword: str) -> bool:
    return suffix == ".png" or (suffix in JPEG and keyword == "Comment")


def _add(xmp: Xmp, home: Property, values: list[str]) -> bool:
    """Add values, but keep what is there; return whether the packet now says them."""
    present = xmp.get(home.name)
    if home.form == "unordered":
        xmp.extend(home.name, values)
        return True
    if not present:
        xmp.set(home.name, values if home.form == "ordered" else values[:1], home.form)
        return len(values) == 1 or home.form == "ordered"
    return set(values) <= set(present)


def _make_true(xmp: Xmp, picture: exif.Picture) -> bool:
    """Correct what the packet says of the pixels, where it says it; return whether it did."""
    removed = [xmp.remove(name) for name in _STALE_XMP]
    facts = {
        "tiff:Orientation": picture.orientation,
        "tiff:ImageWidth": picture.width,
        "tiff:ImageLength": picture.height,
        "exif:PixelXDimension": picture.width,
        "exif:PixelYDimension": picture.height,
        "exif:ColorSpace": 1 if picture.srgb else 0xFFFF,
        "photoshop:ColorMode": 3,  # RGB
    }
    wrong = [name for name, fact in facts.items() if xmp.get(name) not in (None, [str(fact)])]
    for name in wrong:
        xmp.set(name, [str(facts[name])])
    return any(removed) or bool(wrong)


def _holds_damaged(metadata: Metadata, suffix: str) -> bool:
    """Return whether the format takes an XMP packet that is none."""
    if suffix != ".png":
        return not is_long(metadata.xmp, suffix)
    try:
        return "\0" not in metadata.xmp.decode()  # PNG takes text only
    except UnicodeDecodeError:
        return False


def _lose(metadata: Metadata, names: list[str]) -> Metadata:
    return replace(metadata, lost=(*metadata.lost, *dict.fromkeys(names))) if names else metadata
