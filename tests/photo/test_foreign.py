import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from autochrome.errors import (
    MissingExtraError,
    PhotoMemoryError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from autochrome.photo import open_photo, to_array
from autochrome.photo.icc import built_in_bytes

RNG = np.random.default_rng(0)


def _bytes(image, format_, **how):
    file = BytesIO()
    image.save(file, format_, **how)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["JPEG2000", "BMP", "PPM"])
@pytest.mark.parametrize("bands", [1, 3])
def test_pixels(format_, bands):
    pixels = RNG.integers(0, 256, (30, 40, bands), dtype=np.uint8)
    data = _bytes(Image.fromarray(pixels.squeeze()), format_)
    photo = open_photo(data)
    assert (photo.suffix, photo.depth, photo.pages) == (".png", 8, (0,))
    np.testing.assert_array_equal(to_array(photo.read())[..., :bands], pixels)
    assert photo.read_lightness(15, 20).shape == (15, 20)


@pytest.mark.parametrize("format_", ["JPEG2000", "PPM"])
def test_gray_keeps_its_sixteen_bits(format_):
    pixels = RNG.integers(0, 65536, (30, 40), dtype=np.uint16)
    photo = open_photo(_bytes(Image.fromarray(pixels), format_))
    assert photo.depth == 16
    np.testing.assert_array_equal(to_array(photo.read())[..., 0], pixels)


def test_color_of_more_than_eight_bits_is_refused_rather_than_cut():
    ppm = b"P6 2 2 65535\n" + bytes(2 * 2 * 3 * 2)
    jp2 = bytearray(_bytes(Image.new("RGB", (16, 16)), "JPEG2000", no_jp2=True))
    jp2[42] = 15  # 16 bits: what Pillow cannot write itself
    for data in (ppm, bytes(jp2)):
        with pytest.raises(UnreadablePhotoError, match="more than 8 bits"):
            open_photo(data)


def test_alpha_and_profile():
    pixels = RNG.integers(0, 256, (30, 40, 4), dtype=np.uint8)
    photo = open_photo(_bytes(Image.fromarray(pixels), "JPEG2000"))
    np.testing.assert_array_equal(to_array(photo.read()), pixels)
    p3 = built_in_bytes("p3")
    image = Image.fromarray(pixels[..., :3])
    data = _bytes(image, "BMP")
    assert open_photo(data).profile() is None
    image = Image.open(BytesIO(_bytes(image, "JPEG2000")))
    image.info["icc_profile"] = p3
    from autochrome.photo.pillow import pillow_image

    assert pillow_image(image).get("icc-profile-data") == p3


def test_limits_come_before_decoding(monkeypatch):
    data = _bytes(Image.fromarray(np.zeros((300, 400), np.uint8)), "JPEG2000")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    with pytest.raises(PhotoTooLargeError):
        open_photo(data, max_megapixels=0.1)
    monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
    monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: 1_000_000)
    with pytest.raises(PhotoMemoryError):
        open_photo(data)


@pytest.mark.parametrize(("format_", "name"), [("JPEG2000", "JPEG 2000"), ("BMP", "BMP")])
def test_without_pillow_the_install_line_is_told(monkeypatch, format_, name):
    data = _bytes(Image.fromarray(np.zeros((8, 8), np.uint8)), format_)
    for module in ("PIL.Jpeg2KImagePlugin", "PIL.BmpImagePlugin"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"{name} is read through Pillow") as caught:
        open_photo(data)
    assert caught.value.advice == "Run: pip install 'autochrome[formats]'"
