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

from typing import BinaryIO

import pyvips

from autochrome.errors import OutputError
from autochrome.photo.fields import set_blob, stored_orientation, without_fields
from autochrome.photo.metadata import exif, jpeg, photoshop
from autochrome.photo.metadata.fit import JPEG, TIFF, fit, is_long
from autochrome.photo.metadata.placeholder import fill_place, hold_place
from autochrome.photo.metadata.provenance import Provenance
from autochrome.photo.metadata.source import Metadata
from autochrome.photo.metadata.text import insert_png_text
from autochrome.photo.metadata.tiff import append_to_tiff
from autochrome.photo.metadata.xmp import Xmp

# What libvips would write as the loader found it.
_FIELDS = (
    b"exif-",
    b"iptc-data",
    b"photoshop-data",
    b"xmp-data",
    b"image-description",
    b"png-comment-",
)
_UNKNOWN = (1.0, 1.0)  # pixels a millimeter, where the file does not say


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
    metadata = fit(metadata, suffix, picture, provenance)
    image = without_fields(image, *_FIELDS)
    resources = _app13(metadata, suffix)
    if 0 < len(resources) <= jpeg.LARGEST_PHOTOSHOP:
        set_blob(image, "iptc-data", jpeg.photoshop_payload(resources))
    if metadata.xmp and not is_long(metadata.xmp, suffix):
        set_blob(image, "xmp-data", metadata.xmp)
    if metadata.exif and suffix not in TIFF:
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
        if suffix in TIFF:
            resources = photoshop.write_resources(metadata.resources, b"")
            if metadata.exif or metadata.iptc or resources:
                append_to_tiff(file, metadata.exif, metadata.iptc, resources)
        elif metadata.exif:
            fill_place(file, metadata.exif, suffix)
        if suffix in JPEG:
            _finish_jpeg(file, suffix, metadata)
        elif suffix == ".png":
            insert_png_text(file, metadata.texts)
    except ValueError as error:  # it is a file of our own: this should not be possible
        raise OutputError(f"Cannot add metadata to the result: {error}") from error
    return metadata.lost


def _finish_jpeg(file: BinaryIO, suffix: str, metadata: Metadata) -> None:
    resources = _app13(metadata, suffix)
    jpeg.insert_segments(
        file,
        xmp=_split(metadata.xmp) if is_long(metadata.xmp, suffix) else None,
        resources=resources if len(resources) > jpeg.LARGEST_PHOTOSHOP else b"",
        comments=tuple(text.encode() for _, text in metadata.texts),
    )


def _picture(image: pyvips.Image, srgb: bool) -> exif.Picture:
    resolution = (image.xres, image.yres)
    return exif.Picture(
        width=image.width,
        height=image.get_page_height(),  # of one page or frame
        orientation=stored_orientation(image),
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


def _split(packet: bytes) -> tuple[bytes, bytes]:
    """Split XMP that is too long for a segment; the main packet names the extension."""
    # The name is a hash of the extension, so room is left for it.
    main = Xmp.parse(packet)
    extension = main.split(jpeg.LARGEST_XMP - 1000)
    if len(main.write()) > jpeg.LARGEST_XMP - 1000:  # what is long is no element of its own
        main, extension = Xmp.parse(b""), packet
    main.set("xmpNote:HasExtendedXMP", [jpeg.guid(extension).decode()])
    return main.write(), extension


def _app13(metadata: Metadata, suffix: str) -> bytes:
    if suffix not in JPEG:
        return b""
    return photoshop.write_resources(metadata.resources, metadata.iptc)
