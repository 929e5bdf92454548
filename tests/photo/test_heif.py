"""HEIC against what was encoded, without loss wherever pixels are compared."""

import contextlib
import struct
import sys
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from autochrome.errors import (
    AutochromeError,
    MissingExtraError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from autochrome.photo import WriteOptions, encode, open_photo, to_array, to_upright
from autochrome.photo.boxes import boxes
from autochrome.photo.icc import built_in_bytes
from autochrome.photo.naming import result_name

RNG = np.random.default_rng(0)
RAMP = np.stack(np.meshgrid(np.arange(96) * 2, np.arange(64) * 3), axis=-1).astype(np.uint8)
COLOR = np.dstack([RAMP, RAMP[..., 0] // 2 + RAMP[..., 1] // 2])
LOSSLESS = {"quality": -1, "chroma": "444", "matrix_coefficients": 0}


def heic(pixels, mode, info=None, **how):
    """Encode pixels of a mode of pillow-heif, without loss unless told otherwise."""
    made = pillow_heif.from_bytes(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels).tobytes())
    made[0].info.update(info or {})
    file = BytesIO()
    made.save(file, **{**LOSSLESS, **how})
    return file.getvalue()


def exif_of(orientation):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 3.0, 0.0), 3: "W", 4: (120.0, 35.0, 24.0)})
    return exif.tobytes()


@pytest.mark.parametrize(("mode", "bands"), [("L", 1), ("RGB", 3), ("RGBA", 4)])
def test_pixels(mode, bands):
    pixels = RNG.integers(0, 256, (30, 40, bands), dtype=np.uint8)
    photo = open_photo(heic(pixels.squeeze(), mode))
    assert (photo.suffix, photo.depth, photo.writable) == (".png", 8, False)
    np.testing.assert_array_equal(to_array(photo.read()), pixels)
    assert photo.read_lightness(15, 20).shape == (15, 20)


@pytest.mark.parametrize("bits", [10, 12])
def test_more_than_eight_bits_are_kept_and_white_stays_white(bits):
    codes = RNG.integers(0, 2**bits, (32, 48, 3), dtype=np.uint16)
    codes[0, 0], codes[0, 1] = 0, 2**bits - 1
    data = heic(codes << (16 - bits), "RGB;16", bit_depth=bits)
    photo = open_photo(data)
    assert photo.depth == 16
    expected = np.rint(codes * (65535 / (2**bits - 1)))
    np.testing.assert_array_equal(to_array(photo.read()), expected)
    result = pyvips.Image.new_from_buffer(encode(photo.read(), photo, ".png", WriteOptions()), "")
    assert result.format == "ushort"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turn_is_made_once(orientation):
    photo = open_photo(heic(COLOR, "RGB", {"exif": exif_of(orientation)}))
    upright = to_upright(COLOR, orientation)
    assert (photo.orientation, photo.height, photo.width) == (1, *upright.shape[:2])
    np.testing.assert_array_equal(to_array(photo.read()), upright)
    for options in (WriteOptions(), WriteOptions(autorotate=True)):
        result = Image.open(BytesIO(encode(photo.read(), photo, ".png", options)))
        np.testing.assert_array_equal(np.asarray(result), upright)
        assert result.getexif()[0x0112] == 1


def test_place_and_camera_are_kept():
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/'
        b'22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        b'dc:source="album 3"/></rdf:RDF></x:xmpmeta>'
    )
    photo = open_photo(heic(COLOR, "RGB", {"exif": exif_of(6), "xmp": xmp}))
    for suffix in (".png", ".jpg", ".tif"):
        data = encode(photo.read(), photo, suffix, WriteOptions())
        exif = Image.open(BytesIO(data)).getexif()
        assert exif[0x010F] == "Telephone"
        assert exif.get_ifd(0x8825)[4] == (120.0, 35.0, 24.0)
        assert b"album 3" in pyvips.Image.new_from_buffer(data, "").get("xmp-data")


def test_display_p3_embedded_equals_littlecms():
    p3 = built_in_bytes("p3")
    photo = open_photo(heic(COLOR, "RGB", {"icc_profile": p3, "icc_profile_type": "prof"}))
    assert photo.profile() == p3
    expected = ImageCms.profileToProfile(
        Image.fromarray(COLOR),
        ImageCms.ImageCmsProfile(BytesIO(p3)),
        ImageCms.createProfile("sRGB"),
        1,
    )
    assert np.abs(to_array(photo.read()) / 257 - np.asarray(expected)).max() < 1.5


def test_display_p3_by_its_number_equals_the_embedded_one():
    embedded = open_photo(
        heic(COLOR, "RGB", {"icc_profile": built_in_bytes("p3"), "icc_profile_type": "prof"})
    )
    numbered = open_photo(heic(COLOR, "RGB", color_primaries=12, transfer_characteristics=13))
    assert numbered.profile() is not None
    difference = np.abs(to_array(numbered.read()).astype(int) - to_array(embedded.read()))
    assert difference.max() < 100  # of 65535; the one of libvips is rounded
    assert open_photo(heic(COLOR, "RGB", color_primaries=1)).profile() is None


@pytest.mark.parametrize("transfer", [16, 18])
def test_light_of_a_high_contrast_screen_is_refused(transfer):
    data = heic(COLOR, "RGB", color_primaries=9, transfer_characteristics=transfer)
    with pytest.raises(UnreadablePhotoError, match="HEIC with light for screens"):
        open_photo(data)


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_numbers(data, transfer):
    """Give the picture of a file an ``nclx`` beside what describes its color."""
    start = data.index(b"meta") - 4
    meta = data[start:]
    (length,) = struct.unpack_from(">I", meta)
    parts = {kind: bytes(content) for kind, content in boxes(meta[12:length])}
    properties = {kind: bytes(content) for kind, content in boxes(parts[b"iprp"])}
    count = len(list(boxes(properties[b"ipco"])))
    properties[b"ipco"] += box(b"colr", b"nclx" + struct.pack(">HHHB", 9, transfer, 9, 128))
    uses = properties[b"ipma"]
    properties[b"ipma"] = uses[:10] + bytes([uses[10] + 1]) + uses[11:] + bytes([count + 1])
    parts[b"iprp"] = b"".join(box(*part) for part in properties.items())
    # Behind the pixels, so that they stay where they are.
    hidden = data[: start + 4] + b"free" + data[start + 8 :]
    return hidden + box(b"meta", bytes(4) + b"".join(box(*part) for part in parts.items()))


@pytest.mark.parametrize("transfer", [13, 16, 18])
def test_light_of_a_high_contrast_screen_is_refused_with_a_profile_too(transfer):
    profile = {"icc_profile": built_in_bytes("p3"), "icc_profile_type": "prof"}
    data = with_numbers(heic(COLOR, "RGB", profile), transfer)
    if transfer == 13:
        assert open_photo(data).profile() == built_in_bytes("p3")
        return
    with pytest.raises(UnreadablePhotoError, match="HEIC with light for screens"):
        open_photo(data)


def test_tiles_and_several_pictures():
    pixels = RNG.integers(0, 256, (150, 200, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        to_array(open_photo(heic(pixels, "RGB", tile_size=64)).read()), pixels
    )
    file = BytesIO()
    made = pillow_heif.from_bytes("RGB", (96, 64), COLOR[::-1].tobytes())
    made.add_frombytes("RGB", (96, 64), COLOR.tobytes())
    made.save(file, primary_index=1, **LOSSLESS)
    photo = open_photo(file.getvalue())
    assert photo.pages == (0,)
    np.testing.assert_array_equal(to_array(photo.read()), COLOR)


def test_avif_of_a_general_brand_stays_with_libvips():
    image = pyvips.Image.new_from_array(RAMP[..., 0]).copy(interpretation="b-w")
    data = bytearray(image.heifsave_buffer(compression="av1", effort=0))
    assert data[8:12] == b"avif"
    data[8:12] = b"mif1"
    assert open_photo(bytes(data)).suffix == ".avif"


def test_cut_at_many_places_is_refused_or_complete():
    data = heic(COLOR, "RGB", {"exif": exif_of(1)})
    for cut in np.linspace(1, len(data) - 1, 60).astype(int):
        with pytest.raises(UnreadablePhotoError) as caught:
            open_photo(data[:cut])
        assert caught.value.advice


def test_noise_behind_the_header_is_refused_or_read():
    data = heic(COLOR, "RGB")
    for seed in range(40):
        noisy = bytearray(data)
        start = 40 + seed * (len(data) - 60) // 40
        noisy[start:] = np.random.default_rng(seed).bytes(len(data) - start)
        with contextlib.suppress(AutochromeError):  # and nothing else
            open_photo(bytes(noisy)).check_pixels()


def _with_size(data, height, width):
    """Let the header tell another size."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def test_an_absurd_size_is_refused_by_the_header_alone():
    with pytest.raises(PhotoTooLargeError):
        open_photo(_with_size(heic(COLOR, "RGB"), 60_000, 60_000))


def cropped(data):
    """Let the place of an embedded profile say: only 64 x 64 of it are shown."""
    at = data.index(b"colr")
    middle = struct.pack(">8I", 64, 1, 64, 1, 0, 1, 0, 1)
    return data[:at] + b"clap" + middle + data[at + 36 :]


def _never(*_):
    raise AssertionError("was decoded")


def test_the_limit_is_for_what_it_was_before_it_was_cropped(monkeypatch):
    profile = {"icc_profile": built_in_bytes("p3"), "icc_profile_type": "prof"}
    data = cropped(heic(np.zeros((512, 640), np.uint8), "L", profile))
    photo = open_photo(data)
    assert (photo.height, photo.width) == (64, 64)
    monkeypatch.setattr("pillow_heif.heif.BaseImage.load", _never)
    with pytest.raises(PhotoTooLargeError, match=r"0\.3277 megapixels"):
        open_photo(data, max_megapixels=0.1)


def test_the_limit_is_for_all_of_a_header_that_ends_too_late(monkeypatch):
    data = cropped(
        heic(
            np.zeros((512, 640), np.uint8),
            "L",
            {"icc_profile": bytes(400), "icc_profile_type": "prof"},
        )
    )
    at = data.index(b"meta")
    monkeypatch.setattr("pillow_heif.heif.BaseImage.load", _never)
    with pytest.raises(PhotoTooLargeError):
        open_photo(data[: at - 4] + struct.pack(">I", 1 << 30) + data[at:], max_megapixels=0.1)


def test_tiles_that_make_more_than_the_header_tells_are_not_decoded(monkeypatch):
    data = _with_size(heic(np.zeros((512, 640), np.uint8), "L", tile_size=128), 64, 64)
    monkeypatch.setattr("pillow_heif.heif.BaseImage.load", _never)
    with pytest.raises(PhotoTooLargeError):
        open_photo(data, max_megapixels=0.1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [(b"ispe", b"free", "size is missing"), (b"hvc1", b"iovl", "laid together")],
)
def test_what_tells_no_size_is_not_decoded(monkeypatch, old, new, words):
    data = heic(COLOR, "RGB")
    monkeypatch.setattr("pillow_heif.heif.BaseImage.load", _never)
    with pytest.raises(UnreadablePhotoError, match=words):
        open_photo(data.replace(old, new))


def test_what_stands_behind_it_does_not_matter():
    photo = open_photo(heic(COLOR, "RGB") + b"a film of three seconds")
    np.testing.assert_array_equal(to_array(photo.read()), COLOR)


def test_more_pixels_than_the_header_tells_are_not_decoded():
    data = heic(np.zeros((2048, 2048), np.uint8), "L")
    with pytest.raises(UnreadablePhotoError):
        open_photo(_with_size(data, 64, 64), max_megapixels=1)


def test_limits_come_before_decoding(check_limits):
    check_limits(heic(np.zeros((300, 400), np.uint8), "L"), "pillow_heif.heif.BaseImage.load")


def test_without_pillow_heif_the_install_line_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match="HEIC is read through pillow-heif") as caught:
        open_photo(heic_header())
    assert caught.value.advice == "Run: pip install 'autochrome[formats]'"


def heic_header():
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def test_the_result_is_a_png_beside_it(tmp_path):
    for suffix in (".heic", ".HEIF", ".hif"):
        assert result_name(tmp_path / f"IMG_0001{suffix}") == "IMG_0001.color.png"
