"""Metadata into the formats that are written, each as far as it can hold them.

===========  ====  ===  =====  =================  ========
format       EXIF  XMP  IPTC   Photoshop          text
===========  ====  ===  =====  =================  ========
JPEG         yes   yes  yes    yes                comments
TIFF         yes   yes  yes    yes                in XMP
PNG          yes   yes  as XMP no                 yes
WebP, AVIF   yes   yes  as XMP no                 in XMP
===========  ====  ===  =====  =================  ========
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, cast

import pyvips

from autochrome.errors import OutputError
from autochrome.photo.metadata import exif, jpeg, photoshop
from autochrome.photo.metadata.ifd import IfdError
from autochrome.photo.metadata.iptc import Property, as_xmp
from autochrome.photo.metadata.placeholder import fill_place, hold_place
from autochrome.photo.metadata.provenance import Provenance
from autochrome.photo.metadata.source import Metadata
from autochrome.photo.metadata.text import add_png_text, without_png_text
from autochrome.photo.metadata.tiff import append_to_tiff
from autochrome.photo.metadata.xmp import Xmp, XmpError

_JPEG, _TIFF = frozenset({".jpg", ".jpeg"}), frozenset({".tif", ".tiff"})
_UNKNOWN = (1.0, 1.0)  # pixels a millimeter, where the file does not say
_LARGEST_JPEG_EXIF = jpeg.LARGEST_EXIF - 512  # what surrounds the placeholder
_KEEPS_IPTC = _JPEG | _TIFF
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
_STALE_XMP = ("xmp:Thumbnails", "photoshop:ICCProfile")  # of the uncolored picture

_Move = tuple[str, Property, list[str]]  # a name to a person, where it goes in XMP, its values


def attach(
    image: pyvips.Image,
    metadata: Metadata,
    suffix: str,
    *,
    provenance: Provenance | None = None,
    srgb: bool = True,
) -> tuple[pyvips.Image, Metadata]:
    """Give an image, about to be written, the metadata of the photograph it was made from.

    Parameters
    ----------
    image : as it will be written: its size, turn and resolution are taken as true.
    metadata : of the photograph.
    suffix : of the format, in lower case.
    provenance : is added, unless None.
    srgb : whether the colors written are sRGB.

    Returns
    -------
    The image; and what `finish` needs once it is written, with the names of what is lost.
    """
    image = _with_resolution(image, metadata)
    picture = _picture(image, srgb)
    metadata = _fit_exif(metadata, suffix, picture)
    metadata = _fit_xmp(metadata, suffix, picture, provenance)
    image = without_png_text(image)
    for field in ("iptc-data", "photoshop-data", "xmp-data", "image-description"):
        image.remove(field)
    resources = _app13(metadata, suffix)
    if 0 < len(resources) <= jpeg.LARGEST_PHOTOSHOP:
        _set_blob(image, "iptc-data", jpeg.photoshop_payload(resources))
    if metadata.xmp and not _is_long(metadata, suffix):
        _set_blob(image, "xmp-data", metadata.xmp)
    if suffix == ".png":
        image = add_png_text(image, metadata.texts)
    if metadata.exif and suffix not in _TIFF:
        image = hold_place(image, len(metadata.exif))
    elif not metadata.exif and srgb:
        image.set_type(pyvips.GValue.gstr_type, "exif-ifd2-ColorSpace", "1")
    return image, metadata


def finish(file: BinaryIO, suffix: str, metadata: Metadata) -> tuple[str, ...]:
    """Complete a file of one picture with what libvips cannot write; no pixels are decoded.

    Parameters
    ----------
    file : the file, open for reading and writing, or its bytes in a `io.BytesIO`.
    suffix : of its format, in lower case.
    metadata : from `attach`.

    Returns
    -------
    The names of all that is lost.
    """
    try:
        if suffix in _TIFF:
            resources = photoshop.write_resources(metadata.resources, b"")
            if metadata.exif or metadata.iptc or resources:
                append_to_tiff(file, metadata.exif, metadata.iptc, resources)
        elif metadata.exif:
            fill_place(file, metadata.exif, suffix)
        if suffix in _JPEG:
            _finish_jpeg(file, suffix, metadata)
    except ValueError as error:  # it is a file of our own: this should not be possible
        raise OutputError(f"Cannot add metadata to the result: {error}") from error
    return metadata.lost


def _finish_jpeg(file: BinaryIO, suffix: str, metadata: Metadata) -> None:
    resources = _app13(metadata, suffix)
    jpeg.insert_segments(
        file,
        xmp=_split(metadata.xmp) if _is_long(metadata, suffix) else None,
        resources=resources if len(resources) > jpeg.LARGEST_PHOTOSHOP else b"",
        comments=tuple(text.encode() for _, text in metadata.texts),
    )


def _picture(image: pyvips.Image, srgb: bool) -> exif.Picture:
    turn = cast("int", image.get("orientation")) if image.get_typeof("orientation") else 1
    resolution = (image.xres, image.yres)
    return exif.Picture(
        width=image.width,
        height=image.height,
        orientation=turn if 1 <= turn <= 8 else 1,
        resolution=None if resolution == _UNKNOWN else resolution,
        srgb=srgb,
    )


def _with_resolution(image: pyvips.Image, metadata: Metadata) -> pyvips.Image:
    """Take the resolution from EXIF where the loader of the format did not."""
    said = exif.resolution(metadata.exif) if metadata.exif else None
    if said is None or (image.xres, image.yres) != _UNKNOWN:
        return image.copy()
    image = image.copy(xres=said[0], yres=said[1])
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    return image


def _fit_exif(metadata: Metadata, suffix: str, picture: exif.Picture) -> Metadata:
    if not metadata.exif:
        return metadata
    try:
        block = exif.describe(metadata.exif, picture)
    except IfdError:
        return _lose(replace(metadata, exif=b""), ["EXIF (damaged)"])
    if suffix in _JPEG and len(block) > _LARGEST_JPEG_EXIF:
        return _lose(replace(metadata, exif=b""), [f"EXIF ({len(block)} bytes: too long)"])
    return replace(metadata, exif=block)


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
    kept_texts = metadata.texts
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
    if suffix != ".png":
        kept_texts = tuple(one for one in metadata.texts if suffix in _JPEG and one[0] == "Comment")
        for keyword, text in (one for one in metadata.texts if one not in kept_texts):
            if keyword in _TEXT_PROPERTIES:
                moves.append((f"text {keyword}", _TEXT_PROPERTIES[keyword], [text]))
            else:
                lost.append(f"text {keyword}")
    return _lose(replace(metadata, texts=kept_texts), lost), moves


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
        return not _is_long(metadata, suffix)
    try:
        return "\0" not in metadata.xmp.decode()  # PNG takes text only
    except UnicodeDecodeError:
        return False


def _is_long(metadata: Metadata, suffix: str) -> bool:
    return suffix in _JPEG and len(metadata.xmp) > jpeg.LARGEST_XMP


def _split(packet: bytes) -> tuple[bytes, bytes]:
    """Split XMP that is too long for a segment; the main packet names the extension."""
    # The name is a hash of the extension, so room is left for it.
    main = Xmp.parse(packet)
    extension = main.split(jpeg.LARGEST_XMP - 1000)
    main.set("xmpNote:HasExtendedXMP", [jpeg.guid(extension).decode()])
    return main.write(), extension


def _app13(metadata: Metadata, suffix: str) -> bytes:
    if suffix not in _JPEG:
        return b""
    return photoshop.write_resources(metadata.resources, metadata.iptc)


def _lose(metadata: Metadata, names: list[str]) -> Metadata:
    return replace(metadata, lost=(*metadata.lost, *dict.fromkeys(names))) if names else metadata


def _set_blob(image: pyvips.Image, name: str, data: bytes) -> None:
    image.set_type(pyvips.GValue.blob_type, name, cast("Any", data))
