import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from autochrome.errors import (
    MissingExtraError,
    UnreadablePhotoError,
)
from autochrome.photo import open_photo, to_array
from autochrome.photo.decoded import DamageError, full_range

RNG = np.random.default_rng(0)


def _bytes(image, format_, **how):
    file = BytesIO()
    image.save(file, format_, **how)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["BMP", "PPM"])
@pytest.mark.parametrize("bands", [1, 3])
def test_pixels(format_, bands):
    pixels = RNG.integers(0, 256, (30, 40, bands), dtype=np.uint8)
    data = _bytes(Image.fromarray(pixels.squeeze()), format_)
    photo = open_photo(data)
    assert (photo.suffix, photo.depth, photo.pages) == (".png", 8, (0,))
    assert photo.profile() is None
    np.testing.assert_array_equal(to_array(photo.read())[..., :bands], pixels)
    assert photo.read_lightness(15, 20).shape == (15, 20)


def test_gray_pnm_keeps_its_sixteen_bits():
    pixels = RNG.integers(0, 65536, (30, 40), dtype=np.uint16)
    photo = open_photo(_bytes(Image.fromarray(pixels), "PPM"))
    assert photo.depth == 16
    np.testing.assert_array_equal(to_array(photo.read())[..., 0], pixels)


def test_color_pnm_of_more_than_eight_bits_is_refused_rather_than_cut():
    with pytest.raises(UnreadablePhotoError, match="more than 8 bits"):
        open_photo(b"P6 2 2 65535\n" + bytes(2 * 2 * 3 * 2))


def test_limits_come_before_decoding(check_limits):
    check_limits(
        _bytes(Image.fromarray(np.zeros((300, 400), np.uint8)), "BMP"),
        "PIL.ImageFile.ImageFile.load",
    )


def test_a_fault_of_ours_is_not_called_damage_of_the_file(monkeypatch):
    def fail(*_):
        raise TypeError("a mistake")

    data = _bytes(Image.fromarray(np.zeros((8, 8), np.uint8)), "BMP")
    with monkeypatch.context() as patched:
        patched.setattr("PIL.ImageFile.ImageFile.load", fail)
        with pytest.raises(UnreadablePhotoError, match=r"damaged or cut short \(a mistake\)"):
            open_photo(data)
    monkeypatch.setattr("autochrome.photo.foreign.pillow_decoded", fail)
    with pytest.raises(TypeError):
        open_photo(data)


@pytest.mark.parametrize(("format_", "name"), [("PPM", "PNM"), ("BMP", "BMP")])
def test_without_pillow_the_install_line_is_told(monkeypatch, format_, name):
    data = _bytes(Image.fromarray(np.zeros((8, 8), np.uint8)), format_)
    for module in ("PIL.PpmImagePlugin", "PIL.BmpImagePlugin"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"{name} is read through Pillow") as caught:
        open_photo(data)
    assert caught.value.advice == "Run: pip install 'autochrome[formats]'"


@pytest.mark.parametrize("bits", range(1, 17))
def test_codes_of_any_depth_reach_from_black_to_white(bits):
    kind = np.uint8 if bits <= 8 else np.uint16
    codes = np.arange(2**bits).astype(kind)
    spread = full_range(codes, bits)
    exact = codes / (2**bits - 1) * np.iinfo(kind).max
    assert spread.dtype == kind
    assert np.abs(spread - exact).max() <= 0.5
    assert (spread[0], spread[-1]) == (0, np.iinfo(kind).max)


@pytest.mark.parametrize(("kind", "bits"), [(np.uint16, 8), (np.uint8, 12), (np.int16, 16)])
def test_numbers_that_are_no_codes_are_refused(kind, bits):
    with pytest.raises(DamageError, match=f"{bits} bits"):
        full_range(np.zeros((2, 2), kind), bits)
