"""JPEG XL against what was encoded; headers are written here, and libjxl has to agree with them."""

import contextlib
import struct
import sys
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from autochrome.color import srgb_to_linear
from autochrome.errors import (
    AutochromeError,
    MissingExtraError,
    PhotoMemoryError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from autochrome.photo import WriteOptions, encode, open_photo, to_array, to_upright
from autochrome.photo.icc import built_in_bytes
from autochrome.photo.jpegxl_header import read_header

RNG = np.random.default_rng(0)
RAMP = np.stack(np.meshgrid(np.arange(96) * 2, np.arange(64) * 3), axis=-1).astype(np.uint8)
COLOR = np.dstack([RAMP, RAMP[..., 0] // 2 + RAMP[..., 1] // 2])
DEEP = COLOR.astype(np.uint16) * 257
GRAY = COLOR[..., 0]


def jxl(pixels, **how):
    """Encode without loss into a bare codestream."""
    data = imagecodecs.jpegxl_encode(pixels, **{"lossless": True, "usecontainer": False, **how})
    if data.startswith(b"\xff\x0a"):
        return data
    start = data.index(b"jxlc") - 4
    (length,) = struct.unpack_from(">I", data, start)
    return data[start + 8 : start + length] if length else data[start + 8 :]


class Bits:
    """Writes what a header holds, the lowest bit first."""

    def __init__(self):
        self.number, self.length = 0, 0

    def put(self, value, count):
        self.number |= value << self.length
        self.length += count

    def enum(self, value):
        if value < 2:
            self.put(value, 2)
        else:
            self.put(2 if value < 18 else 3, 2)
            self.put(value - (2 if value < 18 else 18), 4 if value < 18 else 6)

    def signed(self, value):
        packed = round(abs(value) * 2e6) - (1 if value < 0 else 0)
        selector, count, offset = next(
            choice
            for choice in ((0, 19, 0), (1, 19, 524288), (2, 20, 1048576))
            if packed < choice[2] + 2 ** choice[1]
        )
        self.put(selector, 2)
        self.put(packed - offset, count)

    def bytes(self):
        return b"\xff\x0a" + self.number.to_bytes(-(-self.length // 8), "little")


def header(bits=8, *, xyb=False, orientation=None, alpha=None, color=None):
    """Write the header of 96 x 64 pixels; `color` puts its own bits, None means sRGB."""
    out = Bits()
    out.put(1 | 7 << 1 | 4 << 6, 9)  # in eighths: 64, and 3:2
    out.put(0, 1)
    out.put(orientation is not None, 1)
    if orientation is not None:
        out.put(orientation - 1, 3 + 3)  # no other size, preview, animation
    out.put(0, 1)
    if bits in (8, 10, 12):
        out.put((8, 10, 12).index(bits), 2)
    else:
        out.put(3, 2)
        out.put(bits - 1, 6)
    out.put(bits <= 12, 1)
    out.put(alpha is not None, 2)
    if alpha is not None:  # "straight" as usual, or told to be multiplied
        out.put(alpha == "straight", 1)
        if alpha != "straight":
            out.put(0, 2 + 1 + 2 + 2 + 2)
            out.put(1, 1)
    out.put(xyb, 1)
    out.put(color is None, 1)
    if color is not None:
        color(out)
    if orientation is not None:
        out.put(1, 1)  # brightness as usual
    out.put(0, 2)
    out.put(1, 1)
    return out.bytes()


def named(transfer=13, *, primaries=1, space=0, gamma=None, intent=1, white=1):
    def put(out):
        out.put(0, 1)
        out.enum(space)
        if isinstance(white, int):
            out.enum(white)
        else:
            out.enum(2)
            for value in white:
                out.signed(value)
        if space == 0 and isinstance(primaries, int):
            out.enum(primaries)
        elif space == 0:
            out.enum(2)
            for value in primaries:
                out.signed(value)
        out.put(gamma is not None, 1)
        if gamma is None:
            out.enum(transfer)
        else:
            out.put(round(gamma * 1e7), 24)
        out.enum(intent)

    return put


def swapped(data, old, new):
    """Replace the header; libjxl then reads the same frames otherwise."""
    assert data.startswith(old), (data[:16].hex(), old.hex())
    return new + data[len(old) :]


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_pixels(bands):
    pixels = RNG.integers(0, 256, (30, 40, bands), dtype=np.uint8)
    for container in (False, True):
        how = {"lossless": True, "usecontainer": container}
        photo = open_photo(imagecodecs.jpegxl_encode(pixels.squeeze(), **how))
        assert (photo.suffix, photo.depth, photo.writable) == (".png", 8, False)
        assert photo.profile() is None
        np.testing.assert_array_equal(to_array(photo.read()), pixels)
    assert photo.read_lightness(15, 20).shape == (15, 20)
    lossy = to_array(open_photo(jxl(np.tile(COLOR[..., :1], bands), lossless=False)).read())
    assert np.abs(lossy[..., 0].astype(int) - COLOR[..., 0]).mean() < 3


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (70, 256), (257, 70), (64, 128), (600, 9)])
def test_sizes(size):
    photo = open_photo(jxl(np.zeros(size, np.uint8)))
    assert (photo.height, photo.width) == size
    found = read_header(jxl(np.zeros(size, np.uint8)))
    assert (found.height, found.width) == size


@pytest.mark.parametrize("pixels", [DEEP, DEEP[..., 0]])
def test_linear_light_of_16_bits_is_what_it_says(pixels):
    """So does imagecodecs encode 16 bits."""
    photo = open_photo(jxl(pixels))
    assert photo.depth == 16
    light = srgb_to_linear(to_array(photo.read()).astype(np.float64) / 65535)
    assert np.abs(light.squeeze() - pixels / 65535).max() < 2e-4


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_deep_color_keeps_its_bits(bits):
    codes = RNG.integers(0, 2**bits, (64, 96, 3)).astype(np.uint16)
    codes[0, 0] = 2**bits - 1
    data = jxl(codes, bitspersample=bits)
    data = swapped(data, header(bits, color=named(8)), header(bits))
    photo = open_photo(data)
    assert (photo.depth, photo.profile()) == (16, None)
    expected = np.rint(codes * (65535 / (2**bits - 1)))
    np.testing.assert_array_equal(to_array(photo.read()), expected)
    result = pyvips.Image.new_from_buffer(encode(photo.read(), photo, ".png", WriteOptions()), "")
    np.testing.assert_array_equal(to_array(result), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turn_is_made_once(orientation):
    data = swapped(jxl(COLOR), header(), header(orientation=orientation))
    photo = open_photo(data)
    upright = to_upright(COLOR, orientation)
    assert (photo.orientation, photo.height, photo.width) == (1, *upright.shape[:2])
    np.testing.assert_array_equal(to_array(photo.read()), upright)


def _littlecms(pixels, profile):
    image = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        1,
    )
    return np.asarray(image)


@pytest.mark.parametrize(
    "color",
    [
        named(primaries=11),
        named(primaries=(0.68, 0.32, 0.265, 0.69, 0.15, 0.06)),
        named(primaries=11, white=(0.3127, 0.329)),
    ],
)
def test_display_p3_equals_littlecms(color):
    photo = open_photo(swapped(jxl(COLOR), header(), header(color=color)))
    expected = _littlecms(COLOR, built_in_bytes("p3"))
    assert np.abs(to_array(photo.read()) / 257 - expected).max() < 1.5


def test_what_is_coded_perceptually_comes_in_the_color_space_it_names():
    data = jxl(COLOR, lossless=False, distance=0.1)
    plain = to_array(open_photo(data).read())
    usual = b"\xff\x0a" + (1 | 7 << 1 | 4 << 6 | 0b11 << 9).to_bytes(2, "little")
    other = open_photo(swapped(data, usual, header(xyb=True, color=named(primaries=11))))
    assert other.profile() is not None
    assert np.abs(to_array(other.read()) / 257 - plain).mean() < 1


@pytest.mark.parametrize("gamma", [1.0, 0.5, 1 / 2.2])
def test_gamma(gamma):
    photo = open_photo(swapped(jxl(COLOR), header(), header(color=named(gamma=gamma))))
    light = srgb_to_linear(to_array(photo.read()).astype(np.float64) / 65535)
    assert np.abs(light - (COLOR / 255) ** (1 / gamma)).max() < 1e-3


@pytest.mark.parametrize(
    ("color", "words"),
    [
        (named(16, primaries=9), "PQ"),
        (named(18, primaries=9), "HLG"),
        (lambda out: out.put(0b001, 3), "ICC profile"),
        (named(space=3), "uncommon color space"),
    ],
)
def test_what_cannot_be_honored_is_refused(color, words):
    data = swapped(jxl(COLOR), header(), header(color=color))
    with pytest.raises(UnreadablePhotoError, match=words) as caught:
        open_photo(data)
    assert caught.value.advice


def test_floating_point_and_more_channels_are_refused():
    with pytest.raises(UnreadablePhotoError, match="floating point"):
        open_photo(jxl(COLOR.astype(np.float32) / 255))


def test_colors_multiplied_by_alpha():
    alpha = np.full((64, 96, 1), 128, np.uint8)
    data = jxl(np.concatenate([COLOR // 2, alpha], axis=-1))
    data = swapped(data, header(alpha="straight"), header(alpha="multiplied"))
    seen = to_array(open_photo(data).read())
    expected = np.rint(np.minimum(COLOR // 2 * (255 / 128), 255))
    np.testing.assert_array_equal(seen[..., :3], expected)


def test_of_an_animation_the_first_frame():
    frames = RNG.integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)
    photo = open_photo(imagecodecs.jpegxl_encode(frames, lossless=True))
    np.testing.assert_array_equal(to_array(photo.read()), frames[0])


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


@pytest.mark.parametrize("packed", [False, True])
def test_metadata_in_boxes(packed):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Scanner", 6
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    data = imagecodecs.jpegxl_encode(COLOR, lossless=True, usecontainer=True)
    for kind, content in ((b"Exif", bytes(4) + exif.tobytes()[6:]), (b"xml ", packet)):
        squeezed = box(b"brob", kind + imagecodecs.brotli_encode(content))
        data += squeezed if packed else box(kind, content)
    photo = open_photo(data)
    assert (photo.orientation, photo.metadata.xmp) == (1, packet)
    result = Image.open(BytesIO(encode(photo.read(), photo, ".png", WriteOptions())))
    assert (result.getexif()[0x010F], result.getexif()[0x0112]) == ("Scanner", 1)


def test_metadata_that_unpack_to_too_much_are_refused():
    bomb = box(b"brob", b"xml " + imagecodecs.brotli_encode(bytes(40 << 20), level=1))
    data = imagecodecs.jpegxl_encode(COLOR, lossless=True, usecontainer=True)
    with pytest.raises(UnreadablePhotoError):
        open_photo(data + bomb)


def test_a_packed_jpeg_is_read_as_the_jpeg_it_was(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Telephone", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 3.0, 0.0)})
    file = BytesIO()
    p3 = built_in_bytes("p3")
    Image.fromarray(COLOR).save(file, "JPEG", quality=90, icc_profile=p3, exif=exif)
    jpeg = file.getvalue()
    path = tmp_path / "a.jxl"
    path.write_bytes(imagecodecs.jpegxl_encode_jpeg(jpeg))
    photo, original = open_photo(path), open_photo(jpeg)
    assert (photo.name, photo.suffix, photo.writable) == (str(path), ".png", False)
    assert (photo.orientation, photo.profile()) == (6, p3)
    np.testing.assert_array_equal(to_array(photo.read()), to_array(original.read()))
    result = Image.open(BytesIO(encode(photo.read(), photo, ".png", WriteOptions())))
    assert result.getexif().get_ifd(0x8825)[2] == (35.0, 3.0, 0.0)


def _packed_jpeg():
    file = BytesIO()
    Image.fromarray(COLOR).save(file, "JPEG", quality=90)
    return imagecodecs.jpegxl_encode_jpeg(file.getvalue())


@pytest.mark.parametrize(
    "make",
    [
        lambda: jxl(COLOR),
        lambda: jxl(DEEP),
        lambda: jxl(COLOR, lossless=False, distance=1.0),
        lambda: imagecodecs.jpegxl_encode(COLOR, lossless=True, usecontainer=True),
        _packed_jpeg,
    ],
)
def test_cut_at_many_places_is_refused(make):
    data = make()
    open_photo(data)
    for cut in {*np.linspace(1, len(data) - 1, 60).astype(int), *range(len(data) - 4, len(data))}:
        with pytest.raises(UnreadablePhotoError):
            open_photo(data[:cut])


def test_noise_behind_the_header_is_refused_or_read():
    data = jxl(COLOR)
    for seed in range(40):
        noisy = bytearray(data)
        start = 2 + seed * (len(data) - 10) // 40
        noisy[start:] = np.random.default_rng(seed).bytes(len(data) - start)
        with contextlib.suppress(AutochromeError):  # and nothing else
            open_photo(bytes(noisy), max_megapixels=1)


def test_an_absurd_size_is_refused_by_the_header_alone():
    side = (2**30 - 1) << 2 | 3
    bits = side << 1 | 1 << 33  # not in eighths; 1:1
    with pytest.raises(PhotoTooLargeError):
        open_photo(b"\xff\x0a" + bits.to_bytes(16, "little"))


def test_limits_come_before_decoding(monkeypatch):
    data = jxl(np.zeros((300, 400), np.uint8))
    for name in ("jpegxl_decode", "jpegxl_decode_jpeg"):
        monkeypatch.setattr(f"imagecodecs.{name}", None)
    with pytest.raises(PhotoTooLargeError):
        open_photo(data, max_megapixels=0.1)
    monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
    monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: 500_000)
    with pytest.raises(PhotoMemoryError):
        open_photo(data)


def test_without_imagecodecs_the_install_line_is_told(monkeypatch):
    data = jxl(GRAY)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(MissingExtraError, match="JPEG XL is read through imagecodecs") as caught:
        open_photo(data)
    assert caught.value.advice == "Run: pip install 'autochrome[formats]'"
