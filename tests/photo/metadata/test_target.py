"""Into every format and out again, without ExifTool: what is attached is what is read."""

import importlib
import io
import struct

import numpy as np
import pytest
import pyvips

from autochrome.errors import OutputError, UnreadablePhotoError
from autochrome.photo import Provenance, WriteOptions, encode, open_photo
from autochrome.photo.ifd import EXIF, Directory, Value
from autochrome.photo.metadata import Metadata, attach, finish, read_metadata
from autochrome.photo.metadata.exif import read_block, write_block
from autochrome.photo.metadata.photoshop import write_resources
from autochrome.photo.metadata.xmp import Xmp

SUFFIXES = (".jpg", ".png", ".tif", ".webp", ".avif")
MAKER_NOTE = 37500
PROVENANCE = Provenance(version="1", model="m", model_version="2", weights_sha256="cd" * 32)
IPTC = b"\x1c\2\x5a\0\7Z\xfcrich." + b"\x1c\2\x76\0\2me"


def exif(order: str = "<", private: bytes = b"private") -> bytes:
    def ascii_(text: bytes) -> Value:
        return Value(2, len(text), text)

    inner = {MAKER_NOTE: Value(7, 300, bytes(range(150)) * 2), 33434: Value(5, 1, bytes(8))}
    root = {271: ascii_(b"Agfa\0"), 65001: Value(7, len(private), private)}
    root[274] = Value(3, 1, struct.pack(order + "H", 1))
    return write_block(Directory(root, {EXIF: Directory(inner)}), order)


def through(image: pyvips.Image, suffix: str, metadata: Metadata, **how) -> tuple[bytes, tuple]:
    attached, fitted = attach(image, metadata, suffix, **how)
    file = io.BytesIO(attached.write_to_buffer(suffix))
    lost = finish(file, suffix, fitted)
    return file.getvalue(), lost


def read_back(data: bytes) -> Metadata:
    return read_metadata(data, pyvips.Image.new_from_buffer(data, ""))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_is_written_whole(picture, suffix, order):
    data, lost = through(picture, suffix, Metadata(exif=exif(order)))
    layout, directory = read_block(read_back(data).exif)
    assert lost == ()
    assert directory.values[271].data == b"Agfa\0"
    assert directory.values[65001].data == b"private"
    assert directory.children[EXIF].values[MAKER_NOTE].data == bytes(range(150)) * 2
    if suffix != ".tif":  # there everything lies elsewhere
        assert read_back(data).exif.startswith(exif(order))
        assert layout.order == order
    back = pyvips.Image.new_from_buffer(data, "", fail_on="warning")
    assert np.abs(back.colourspace("b-w")[0].numpy().astype(int) - picture.numpy()).mean() < 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_xmp_is_written_as_it_is(picture, suffix):
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/"
    packet += b"22-rdf-syntax-ns#'/></x:xmpmeta>"
    data, lost = through(picture, suffix, Metadata(xmp=packet))
    assert (read_back(data).xmp, lost) == (packet, ())


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
@pytest.mark.parametrize("size", [1, 40_000])
def test_iptc_and_resources_are_kept(picture, suffix, size):
    resources = ((1034, b"\0\0", b"\1"), (4000, b"\0\0", b"x" * 2 * size))
    data, lost = through(picture, suffix, Metadata(iptc=IPTC, resources=resources))
    back = read_back(data)
    assert (back.iptc, back.resources, lost) == (IPTC, resources, ())


@pytest.mark.parametrize("suffix", [".png", ".webp", ".avif"])
def test_iptc_goes_to_xmp(picture, suffix):
    before = Xmp.parse(b"")
    before.set("photoshop:City", ["Bern"])
    resources = ((1034, b"\0\0", b"\1"), (1061, b"\0\0", bytes(16)), (4000, b"\0\0", b"x"))
    metadata = Metadata(iptc=IPTC, resources=resources)
    data, lost = through(picture, suffix, metadata)
    xmp = Xmp.parse(read_back(data).xmp)
    assert xmp.get("photoshop:City") == ["Zürich."]
    assert xmp.get("xmpRights:Marked") == ["True"]
    assert lost == ("IPTC:Contact", "Photoshop resources (1)")
    data, lost = through(picture, suffix, Metadata(iptc=IPTC, xmp=before.write()))
    assert Xmp.parse(read_back(data).xmp).get("photoshop:City") == ["Bern"]
    assert lost == ("IPTC:Contact", "IPTC:City")


def test_long_xmp_in_jpeg(picture):
    xmp = Xmp.parse(b"")
    xmp.set("dc:title", ["short"], "language")
    xmp.set("dc:description", ["lang " * 20_000], "language")
    data, lost = through(picture, ".jpg", Metadata(xmp=xmp.write()), provenance=PROVENANCE)
    back = Xmp.parse(read_back(data).xmp)
    assert back.get("dc:description") == ["lang " * 20_000]
    assert back.get("dc:title") == ["short"]
    assert back.get("xmpNote:HasExtendedXMP") is None
    assert lost == ()
    main = Xmp.parse(pyvips.Image.new_from_buffer(data, "").get("xmp-data"))
    assert main.get("Iptc4xmpExt:AISystemUsed") == ["Autochrome 1, model m"]


def test_long_xmp_that_is_one_attribute(picture):
    packet = (
        Xmp.parse(b"").write().replace(b"<rdf:RDF ", b'<rdf:RDF xml:base="%s" ' % (b"a" * 70_000))
    )
    data, lost = through(picture, ".jpg", Metadata(xmp=packet), provenance=PROVENANCE)
    assert lost == ()
    assert Xmp.parse(read_back(data).xmp).get("Iptc4xmpExt:AISystemUsed")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_xmp_does_not_fail_the_photograph(picture, suffix):
    for packet in (b"<x:xmpmeta>broken", b"\xff\xfe\0broken"):
        data, lost = through(picture, suffix, Metadata(xmp=packet), provenance=PROVENANCE)
        assert Xmp.parse(read_back(data).xmp).get("Iptc4xmpExt:AISystemUsed")
        assert lost[0].startswith("XMP (damaged")
        data, lost = through(picture, suffix, Metadata(xmp=packet))
        assert (read_back(data).xmp == packet) == (not lost)
        assert (lost == ()) == (suffix != ".png" or b"\0" not in packet)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_exif_does_not_fail_the_photograph(picture, suffix):
    _, lost = through(picture, suffix, Metadata(exif=b"II*\0\xff\xff\0\0"))
    assert lost == ("EXIF (damaged)",)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif"])
def test_exif_that_is_too_long_loses_the_longest_only(picture, suffix):
    metadata = Metadata(exif=exif(private=bytes(70_000)))
    data, lost = through(picture, suffix, metadata)
    assert lost == ("EXIF tag 0xFDE9 (70000 bytes)",)
    assert read_block(read_back(data).exif)[1].values[271].data == b"Agfa\0"
    assert through(picture, ".tif", metadata)[1] == ()
    fits = exif(private=bytes(64_000))
    data, lost = through(picture, suffix, Metadata(exif=fits))
    assert read_back(data).exif.startswith(fits)
    assert lost == ()


def test_big_tiff_keeps_its_pixels_where_they_are(picture):
    attached, fitted = attach(picture, Metadata(exif=exif(">"), iptc=IPTC), ".tif")
    before = attached.tiffsave_buffer(bigtiff=True)
    file = io.BytesIO(before)
    finish(file, ".tif", fitted)
    after = file.getvalue()
    assert after[16 : len(before)] == before[16:]
    assert after[2] == 43
    assert read_block(read_back(after).exif)[1].children[EXIF].values[MAKER_NOTE]
    assert np.array_equal(pyvips.Image.new_from_buffer(after, "").numpy(), picture.numpy())


def test_pages_behind_the_first_stay(picture):
    tall = picture.join(picture.invert(), "vertical").copy()
    tall.set_type(pyvips.GValue.gint_type, "page-height", picture.height)
    attached, fitted = attach(tall, Metadata(exif=exif()), ".tif")
    file = io.BytesIO(attached.tiffsave_buffer(page_height=picture.height))
    finish(file, ".tif", fitted)
    second = pyvips.Image.new_from_buffer(file.getvalue(), "", page=1)
    assert np.array_equal(second.numpy(), picture.invert().numpy())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_resolution_without_exif(picture, suffix):
    data, _ = through(picture.copy(xres=12, yres=24), suffix, Metadata())
    image = pyvips.Image.new_from_buffer(data, "")
    said = (
        float(image.get("exif-ifd0-XResolution").split()[0].partition("/")[0])
        if (suffix in (".webp", ".avif"))
        else image.xres
    )
    assert said in (pytest.approx(12, rel=1e-3), pytest.approx(304800, rel=1e-3))


def test_what_xmp_says_of_the_pixels_is_made_true(picture):
    xmp = Xmp.parse(b"")
    for name in ("tiff:Orientation", "exif:PixelXDimension", "exif:ColorSpace", "tiff:ImageWidth"):
        xmp.set(name, ["7"])
    xmp.set("photoshop:ICCProfile", ["Dot Gain 20%"])
    xmp.set("tiff:SamplesPerPixel", ["1"])
    xmp.set("tiff:PhotometricInterpretation", ["1"])
    data, _ = through(picture, ".png", Metadata(xmp=xmp.write()))
    back = Xmp.parse(read_back(data).xmp)
    assert back.get("tiff:Orientation") == ["1"]
    assert back.get("exif:PixelXDimension") == back.get("tiff:ImageWidth") == ["96"]
    assert back.get("exif:ColorSpace") == ["1"]
    assert back.get("photoshop:ICCProfile") is None
    assert back.get("tiff:SamplesPerPixel") is back.get("tiff:PhotometricInterpretation") is None
    assert back.get("tiff:ImageLength") is None


def test_no_post_step_without_exif(picture):
    attached, fitted = attach(picture, Metadata(), ".jpg", provenance=PROVENANCE)
    file = io.BytesIO(attached.jpegsave_buffer())
    before = file.getvalue()
    finish(file, ".jpg", fitted)
    assert file.getvalue() == before


def test_file_that_is_not_ours(picture):
    _, fitted = attach(picture, Metadata(exif=exif()), ".png")
    with pytest.raises(OutputError, match="no placeholder"):
        finish(io.BytesIO(picture.pngsave_buffer()), ".png", fitted)


@pytest.mark.parametrize("block", [31, 1000])
def test_placeholder_across_blocks(picture, monkeypatch, block):
    module = importlib.import_module("autochrome.photo.metadata.placeholder")
    monkeypatch.setattr(module, "_BLOCK", block)
    data, _ = through(picture, ".avif", Metadata(exif=exif()))
    assert read_back(data).exif.startswith(exif())


def test_thumbnail_of_the_uncolored_photograph_is_gone(picture):
    image = picture.copy()
    image.set_type(
        pyvips.GValue.blob_type,
        "jpeg-thumbnail-data",
        picture.thumbnail_image(32).jpegsave_buffer(),
    )
    resources = write_resources(((1036, b"\0\0", b"thumbnail"),), b"")
    source = io.BytesIO(image.jpegsave_buffer())
    importlib.import_module("autochrome.photo.metadata.jpeg").insert_segments(
        source, resources=resources
    )
    assert pyvips.Image.new_from_buffer(source.getvalue(), "").get_typeof("jpeg-thumbnail-data")
    photo = open_photo(source.getvalue())
    for suffix in SUFFIXES:
        data = encode(photo.read(), photo, suffix, WriteOptions())
        back = pyvips.Image.new_from_buffer(data, "")
        assert not back.get_typeof("jpeg-thumbnail-data")
        assert b"thumbnail" not in data


def test_file_that_vanishes(picture, tmp_path):
    path = tmp_path / "a.png"
    picture.write_to_file(str(path))
    photo = open_photo(path)
    path.unlink()
    with pytest.raises(UnreadablePhotoError, match=r"a\.png"):
        photo.metadata  # noqa: B018


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exif_whose_values_lie_upon_each_other_does_not_fail_the_photograph(picture, suffix):
    tags = [struct.pack("<HHII", 0x9000 + number, 7, 60_000, 8) for number in range(500)]
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(tags)
    data, lost = through(picture, suffix, Metadata(exif=block.ljust(60_008, b"\0")))
    assert lost == ("EXIF (damaged)",)
    assert pyvips.Image.new_from_buffer(data, "", fail_on="warning").width == picture.width


def test_tiff_whose_values_lie_upon_each_other(picture):
    """Forty of five megabytes in a file of five megabytes."""
    own = {51000 + number: Value(7, 5, b"abcde") for number in range(40)}
    metadata = Metadata(exif=write_block(Directory(own), "<"))
    data, _ = through(picture, ".tif", metadata)
    assert read_back(data).exif
    data = bytearray(data.ljust(5_000_100, b"\0"))
    for number in range(40):
        entry = data.index(struct.pack("<HHI", 51000 + number, 7, 5))
        struct.pack_into("<II", data, entry + 4, 5_000_000, 0)
    metadata = read_back(bytes(data))
    assert len(metadata.exif) < 1_000_000
    assert metadata.lost == ("EXIF (damaged)",)
