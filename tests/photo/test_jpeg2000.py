"""JPEG 2000 against what was encoded without loss, by OpenJPEG and by Pillow."""

import contextlib
import struct
import sys
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
import pyvips
from PIL import Image

from autochrome.errors import (
    AutochromeError,
    MissingExtraError,
    PhotoMemoryError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from autochrome.photo import WriteOptions, encode, open_photo, to_array
from autochrome.photo.icc import built_in_bytes

RNG = np.random.default_rng(0)
XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def jp2(pixels, kind="jp2", **how):
    how = {"level": 0, "reversible": True, **how}
    return imagecodecs.jpeg2k_encode(pixels, codecformat=kind, **how)


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_header(data, content, drop=()):
    """Put boxes into the header of a file, leaving out those of kinds to `drop`."""
    start = data.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", data, start)
    old, position = b"", start + 8
    while position < start + length:
        size, kind = struct.unpack_from(">I4s", data, position)
        old += b"" if kind in drop else data[position : position + size]
        position += size
    return data[:start] + box(b"jp2h", old + content) + data[start + length :]


@pytest.mark.parametrize("kind", ["jp2", "j2k"])
@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels(kind, bands, dtype):
    pixels = RNG.integers(0, np.iinfo(dtype).max + 1, (30, 40, bands)).astype(dtype)
    photo = open_photo(jp2(pixels.squeeze(), kind))
    assert (photo.suffix, photo.writable) == (".png", False)
    assert photo.depth == np.iinfo(dtype).bits
    np.testing.assert_array_equal(to_array(photo.read()), pixels)
    assert photo.read_lightness(15, 20).shape == (15, 20)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("bits", [10, 12])
def test_white_of_any_depth_is_white(bits, bands):
    codes = RNG.integers(0, 2**bits, (30, 40, bands)).astype(np.uint16)
    codes[0, 0] = 2**bits - 1
    photo = open_photo(jp2(codes.squeeze(), bitspersample=bits))
    np.testing.assert_array_equal(to_array(photo.read()), np.rint(codes * (65535 / (2**bits - 1))))


def test_sixteen_bits_reach_the_result():
    pixels = RNG.integers(0, 65536, (30, 40, 3)).astype(np.uint16)
    photo = open_photo(jp2(pixels))
    result = pyvips.Image.new_from_buffer(encode(photo.read(), photo, ".png", WriteOptions()), "")
    np.testing.assert_array_equal(to_array(result), pixels)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_what_pillow_writes(mode):
    pixels = RNG.integers(0, 256, (30, 40, len(mode)), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels.squeeze(), mode).save(file, "JPEG2000")
    np.testing.assert_array_equal(to_array(open_photo(file.getvalue()).read()), pixels)


def test_luma_and_chroma_become_the_colors_that_pillow_sees():
    pixels = RNG.integers(0, 256, (4, 4, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    colr = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 18))
    data = with_header(jp2(pixels, mct=False), colr, drop=[b"colr"])
    seen = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(to_array(open_photo(data).read()) - seen).max() <= 1


def test_of_gray_alone_nothing_is_divided():
    pixels = RNG.integers(0, 256, (8, 9), dtype=np.uint8)
    cdef = box(b"cdef", struct.pack(">4H", 1, 0, 2, 0))
    photo = open_photo(with_header(jp2(pixels), cdef, drop=[b"cdef"]))
    np.testing.assert_array_equal(to_array(photo.read())[..., 0], pixels)


def test_an_uncommon_color_space_is_refused():
    colr = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 14))
    data = with_header(jp2(np.zeros((8, 8, 3), np.uint8)), colr, drop=[b"colr"])
    with pytest.raises(UnreadablePhotoError, match="color space"):
        open_photo(data)


def test_inks():
    inks = np.zeros((16, 16, 4), np.uint8)
    colr = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 12))
    data = with_header(jp2(inks), colr, drop=[b"colr", b"cdef"])
    paper = to_array(open_photo(data).read()) / 257
    assert paper.shape[2] == 3
    assert paper.min() > 250


@pytest.mark.parametrize("kind", [2, 3])
def test_inks_of_a_profile_equal_those_of_a_tiff(kind):
    profile = built_in_bytes("cmyk")
    inks = RNG.integers(0, 256, (16, 16, 4), dtype=np.uint8)
    colr = box(b"colr", bytes((kind, 0, 0)) + profile)
    photo = open_photo(with_header(jp2(inks), colr, drop=[b"colr", b"cdef"]))
    file = BytesIO()
    Image.fromarray(inks, "CMYK").save(file, "TIFF", icc_profile=profile)
    np.testing.assert_array_equal(
        to_array(photo.read()), to_array(open_photo(file.getvalue()).read())
    )


def test_a_profile_of_an_uncommon_color_space_is_refused():
    profile = bytearray(built_in_bytes("p3"))
    profile[16:20] = b"Lab "
    colr = box(b"colr", b"\2\0\0" + profile)
    data = with_header(jp2(np.zeros((8, 8, 3), np.uint8)), colr, drop=[b"colr"])
    with pytest.raises(UnreadablePhotoError, match=r"uncommon color space \(Lab\)"):
        open_photo(data)


@pytest.mark.parametrize("kind", [2, 3])
def test_profile_resolution_and_metadata(kind):
    p3 = built_in_bytes("p3")
    pixels = RNG.integers(0, 65536, (30, 40, 3)).astype(np.uint16)
    per_meter = struct.pack(">HHHHbb", 11811, 1, 23622, 2, 0, 0)
    header = box(b"colr", bytes((kind, 0, 0)) + p3) + box(b"res ", box(b"resc", per_meter))
    exif = Image.Exif()
    exif[0x010F] = "Scanner"
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    data = with_header(jp2(pixels), header, drop=[b"colr"])
    data += box(b"uuid", b"JpgTiffExif->JP2" + exif.tobytes()[6:]) + box(b"uuid", XMP_ID + packet)
    photo = open_photo(data)
    assert photo.profile() == p3
    assert photo.read().xres == pytest.approx(11.811)
    assert photo.metadata.xmp == packet
    result = Image.open(BytesIO(encode(photo.read(), photo, ".png", WriteOptions())))
    assert result.getexif()[0x010F] == "Scanner"


def test_palette():
    codes = RNG.integers(0, 16, (32, 32), dtype=np.uint8)
    colors = RNG.integers(0, 256, (16, 3), dtype=np.uint8)
    palette = struct.pack(">HB3B", 16, 3, 7, 7, 7) + colors.tobytes()
    uses = b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3))
    header = box(b"pclr", palette) + box(b"cmap", uses)
    header += box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
    data = with_header(jp2(codes, bitspersample=4), header, drop=[b"colr"])
    np.testing.assert_array_equal(to_array(open_photo(data).read()), colors[codes])


@pytest.mark.parametrize("bare", [False, True])
def test_tiles_that_are_cut_off_are_refused(bare):
    pixels = RNG.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG2000", tile_size=(32, 32), no_jp2=bare)
    data = file.getvalue()
    np.testing.assert_array_equal(to_array(open_photo(data).read()), pixels)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\x90"]  # of tiles
    assert len(starts) >= 6
    for cut in {*starts, *np.linspace(1, len(data) - 1, 60).astype(int), len(data) - 2}:
        with pytest.raises(UnreadablePhotoError):
            open_photo(data[:cut])


def test_layers_that_are_cut_off_are_refused():
    file = BytesIO()
    image = Image.fromarray(RNG.integers(0, 256, (64, 96), dtype=np.uint8))
    image.save(file, "JPEG2000", quality_layers=[80, 40, 10], irreversible=True)
    data = file.getvalue()
    open_photo(data)
    for cut in np.linspace(1, len(data) - 1, 60).astype(int):
        with pytest.raises(UnreadablePhotoError):
            open_photo(data[:cut])


def test_noise_behind_the_header_is_refused_or_read():
    data = jp2(RNG.integers(0, 65536, (64, 96, 3)).astype(np.uint16))
    for seed in range(40):
        noisy = bytearray(data)
        start = 12 + seed * 5
        noisy[start : start + 400] = np.random.default_rng(seed).bytes(400)
        with contextlib.suppress(AutochromeError):  # and nothing else
            open_photo(bytes(noisy))


def _siz(data, at, form, *numbers):
    """Change numbers of the size in the codestream."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.index(b"\xff\x4f\xff\x51") + at, *numbers)
    return bytes(changed)


@pytest.mark.parametrize("kind", ["jp2", "j2k"])
def test_an_absurd_size_is_refused_by_the_header_alone(kind):
    data = jp2(np.zeros((64, 96), np.uint8), kind)
    with pytest.raises(PhotoTooLargeError):
        open_photo(_siz(data, 8, ">II", 2_000_000, 2_000_000))


def with_false_size(data):
    """Put before the size of a file another one, in a segment that decoders pass over."""
    at = data.index(b"\xff\x4f\xff\x51")
    false = struct.pack(">HHHHIIIIIIIIH3B", 0xFF4F, 0xFF99, 43, 0, 8, 8, *[0] * 6, 1, 7, 1, 1)
    codestream = false + b"\0" + data[at + 2 :]
    return data[: at - 8] + box(b"jp2c", codestream)


def _never(*_):
    raise AssertionError("was decoded")


def test_a_size_that_is_not_the_first_is_not_decoded(monkeypatch):
    monkeypatch.setattr("imagecodecs.jpeg2k_decode", _never)
    with pytest.raises(UnreadablePhotoError, match="size is missing"):
        open_photo(with_false_size(jp2(np.zeros((64, 96), np.uint8))))


@pytest.mark.parametrize(
    ("places", "number", "words"),
    [
        ([42], 7, "differ in depth"),
        ([46, 47, 49, 50], 2, "4:2:0"),
        ([42, 45, 48], 0x8F, "of signed numbers"),
        ([43, 46, 49], 2, "fewer pixels"),
    ],
)
def test_components_that_make_no_photograph_are_refused(places, number, words):
    data = jp2(np.zeros((64, 96, 3), np.uint16), "j2k")
    for at in places:
        data = _siz(data, at, "B", number)
    with pytest.raises(UnreadablePhotoError, match=words) as caught:
        open_photo(data)
    assert "16 bits" in caught.value.advice


@pytest.mark.parametrize("more", [b"GARBAGE BEHIND IT", bytes(64)])
def test_what_stands_behind_it_does_not_matter(more):
    pixels = RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(to_array(open_photo(jp2(pixels) + more).read()), pixels)


@pytest.mark.parametrize("numbers", [(65535, 1, 65535, 1, 7, 7), (1, 0, 1, 1, 0, 0)])
def test_an_absurd_resolution_is_passed_over(capfd, numbers):
    header = box(b"res ", box(b"resc", struct.pack(">HHHHbb", *numbers)))
    assert open_photo(with_header(jp2(np.zeros((8, 8), np.uint8)), header)).read().xres == 1
    assert capfd.readouterr().err == ""


def test_depths_beyond_16_bits_are_refused():
    data = jp2(np.zeros((64, 96), np.uint16), "j2k")
    with pytest.raises(UnreadablePhotoError, match="of 24 bits"):
        open_photo(_siz(data, 42, "B", 23))


def test_limits_come_before_decoding(check_limits):
    check_limits(jp2(np.zeros((300, 400), np.uint16)), "imagecodecs.jpeg2k_decode")


def with_palette(data, num_colors):
    palette = struct.pack(">HB3B", num_colors, 3, 7, 7, 7) + bytes(3 * num_colors)
    uses = b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3))
    colr = box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
    return with_header(data, box(b"pclr", palette) + box(b"cmap", uses) + colr, drop=[b"colr"])


def test_memory_for_a_palette_and_for_tiles_is_counted(monkeypatch):
    data = jp2(np.zeros((300, 400), np.uint8))
    monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
    monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: 300 * 400 * 15)
    open_photo(data)
    monkeypatch.setattr("imagecodecs.jpeg2k_decode", _never)
    for large in (with_palette(data, 256), _siz(data, 24, ">II", 8, 8)):
        with pytest.raises(PhotoMemoryError):
            open_photo(large)


def test_thousands_of_components_are_not_decoded(monkeypatch):
    monkeypatch.setattr("imagecodecs.jpeg2k_decode", _never)
    data = jp2(np.zeros((8, 8), np.uint8), "j2k")
    many = _siz(data[:42] + bytes((7, 1, 1)) * 9000 + data[45:], 40, ">H", 9000)
    with pytest.raises(UnreadablePhotoError, match="of 9000 components"):
        open_photo(many)


def test_without_imagecodecs_the_install_line_is_told(monkeypatch):
    data = jp2(np.zeros((8, 8), np.uint8))
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(MissingExtraError, match="JPEG 2000 is read through imagecodecs") as caught:
        open_photo(data)
    assert caught.value.advice == "Run: pip install 'autochrome[formats]'"
