"""What a photograph says about itself, whatever its format."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pyvips

from autochrome.photo.ifd import IfdError
from autochrome.photo.metadata import photoshop, text
from autochrome.photo.metadata.exif import PREFIX
from autochrome.photo.metadata.jpeg import read_jpeg
from autochrome.photo.metadata.tiff import read_tiff
from autochrome.photo.metadata.xmp import Xmp, XmpError

Source = Path | bytes | pyvips.Image


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """Metadata as they are stored.

    Parameters
    ----------
    exif : an EXIF block, without the prefix it has in JPEG.
    xmp : a packet.
    iptc : IPTC-IIM datasets.
    resources : of Photoshop, those that are no metadata of another kind.
    texts : keyword and text, of PNG and of JPEG comments.
    lost : names of what was there, but could not be read.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    resources: photoshop.Resources = ()
    texts: text.Texts = ()
    lost: tuple[str, ...] = ()


def read_metadata(source: Source, image: pyvips.Image, page: int = 0) -> Metadata:
    """Read the metadata of a photograph; damaged ones are kept, or named as lost.

    Parameters
    ----------
    source : where `image` comes from.
    image : its header, as libvips reads it; no pixels are read.
    page : of a TIFF file.
    """
    loader = _field(image, "vips-loader").decode().partition("_")[0]
    if isinstance(source, pyvips.Image) or loader not in _READERS:
        return _of_image(image)
    return _READERS[loader](source, image, page)


def _of_jpeg(source: Path | bytes, image: pyvips.Image, page: int) -> Metadata:
    with _opened(source) as file:
        exif, xmp, extension, resources, comments = read_jpeg(file)
    kept, iptc = photoshop.split_iptc(resources)
    metadata = Metadata(
        exif=exif,
        xmp=xmp,
        iptc=iptc,
        resources=kept,
        texts=tuple(("Comment", _decoded(comment)) for comment in comments),
    )
    return _extended(metadata, extension) if extension else metadata


def _of_tiff(source: Path | bytes, image: pyvips.Image, page: int) -> Metadata:
    try:
        with _opened(source) as file:
            exif, xmp, iptc, resources = read_tiff(file, page)
    except IfdError:
        return replace(_of_image(image), lost=("EXIF (damaged)",))
    kept, wrapped_iptc = photoshop.split_iptc(resources)
    return Metadata(exif=exif, xmp=xmp, iptc=iptc or wrapped_iptc, resources=kept)


def _of_png(source: Path | bytes, image: pyvips.Image, page: int) -> Metadata:
    metadata = _of_image(image)
    with _opened(source) as file:
        texts, profiles, num_too_long = text.read_png(file)
    return replace(
        metadata,
        exif=metadata.exif or profiles.get("exif", b""),
        xmp=metadata.xmp or profiles.get("xmp", b""),
        iptc=profiles.get("iptc", b""),
        texts=texts,
        lost=(f"text ({num_too_long} too long)",) if num_too_long else (),
    )


def _of_gif(source: Path | bytes, image: pyvips.Image, page: int) -> Metadata:
    with _opened(source) as file:
        return Metadata(xmp=text.read_gif_xmp(file))


_READERS = {
    "jpegload": _of_jpeg,
    "tiffload": _of_tiff,
    "pngload": _of_png,
    "gifload": _of_gif,
}


def _of_image(image: pyvips.Image) -> Metadata:
    exif = _field(image, "exif-data").removeprefix(PREFIX)
    return Metadata(exif=exif, xmp=_field(image, "xmp-data"))


def _extended(metadata: Metadata, extension: bytes) -> Metadata:
    try:
        xmp = Xmp.parse(metadata.xmp)
        xmp.merge(Xmp.parse(extension))
        xmp.remove("xmpNote:HasExtendedXMP")
    except XmpError:
        return replace(metadata, lost=("extended XMP (damaged)",))
    return replace(metadata, xmp=xmp.write())


def _field(image: pyvips.Image, name: str) -> bytes:
    if not image.get_typeof(name):
        return b""
    value: Any = image.get(name)
    return value.encode() if isinstance(value, str) else bytes(value)


def _decoded(comment: bytes) -> str:
    try:
        return comment.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return comment.rstrip(b"\0").decode("latin-1")


@contextmanager
def _opened(source: Path | bytes) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        yield file
