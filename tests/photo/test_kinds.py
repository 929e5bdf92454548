"""Every kind of pixel that a photograph may be stored in, through reading and writing."""

import struct
from io import BytesIO

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms
from skimage.color import rgb2lab

from autochrome.photo import WriteOptions, encode, open_photo, to_array
from autochrome.photo.icc import built_in_bytes
from autochrome.photo.profile import is_gray, lightness, split_alpha
from autochrome.pipeline.join import join_color

RAMP = np.tile(np.arange(256, dtype=np.uint8), (8, 1))


def _pillow(image, format_, **how):
    file = BytesIO()
    image.save(file, format_, **how)
    return file.getvalue()


def _vips(pixels, kind):
    return pyvips.Image.new_from_array(pixels).copy(interpretation=kind)


GRAY, DEEP = _vips(RAMP, "b-w"), _vips(RAMP.astype(np.uint16) * 257, "grey16")
RGB, DEEP_RGB = GRAY.bandjoin([GRAY, GRAY]), DEEP.bandjoin([DEEP, DEEP])
RGB, DEEP_RGB = RGB.copy(interpretation="srgb"), DEEP_RGB.copy(interpretation="rgb16")
PALETTE = Image.fromarray(RAMP).convert("P")

# kind: (file, depth, alpha)
KINDS = {
    "gray 8": (GRAY.pngsave_buffer(), 8, False),
    "gray 16": (DEEP.pngsave_buffer(), 16, False),
    "gray 8 alpha": (GRAY.bandjoin(77).pngsave_buffer(), 8, True),
    "gray 16 alpha": (DEEP.bandjoin(777).tiffsave_buffer(), 16, True),
    "rgb 8": (RGB.tiffsave_buffer(), 8, False),
    "rgb 16": (DEEP_RGB.tiffsave_buffer(), 16, False),
    "rgb 8 alpha": (RGB.bandjoin(77).pngsave_buffer(), 8, True),
    "rgb 16 alpha": (DEEP_RGB.bandjoin(777).pngsave_buffer(), 16, True),
    "palette": (_pillow(PALETTE, "PNG"), 8, False),
    "palette alpha": (_pillow(PALETTE, "PNG", transparency=bytes([9] * 256)), 8, True),
    "palette gif": (_pillow(PALETTE, "GIF"), 8, False),
    "white is zero": (
        GRAY.invert()
        .tiffsave_buffer()
        .replace(struct.pack("<HHII", 262, 3, 1, 1), struct.pack("<HHII", 262, 3, 1, 0)),
        8,
        False,
    ),
    "float gray": (GRAY.colourspace("scrgb")[0].tiffsave_buffer(), 16, False),
    "float rgb": (GRAY.colourspace("scrgb").tiffsave_buffer(), 16, False),
    "lab": (RGB.colourspace("lab").tiffsave_buffer(), 16, False),
    "lab 16": (RGB.colourspace("labs").tiffsave_buffer(), 16, False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_lightness_depth_and_alpha(kind):
    data, depth, alpha = KINDS[kind]
    photo = open_photo(data)
    color, band = split_alpha(photo.read().copy_memory())
    assert (photo.depth, band is not None) == (depth, alpha)
    expected = rgb2lab(np.repeat(RAMP[..., None], 3, axis=-1))[..., 0]
    tolerance = 0.5 if depth == 8 and kind.startswith("palette") else 0.05
    assert np.abs(to_array(lightness(color))[..., 0] - expected).max() < tolerance
    color = np.full((2, 8, 4), (0, 0, 10, 10), np.float32)  # the same whatever the lightness
    for suffix in (".tif", ".png"):
        result = encode(join_color(photo.read(), color), photo, suffix, WriteOptions())
        back = pyvips.Image.new_from_buffer(result, "")
        assert back.format == ("uchar" if depth == 8 else "ushort")
        assert back.hasalpha() == alpha
        if alpha:
            np.testing.assert_array_equal(to_array(back)[..., 3], to_array(band)[..., 0])


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_one_bit(suffix):
    bits = (RAMP > 100).astype(np.uint8) * 255
    data = _pillow(Image.fromarray(bits).convert("1"), {".tif": "TIFF", ".png": "PNG"}[suffix])
    photo = open_photo(data)
    assert (photo.depth, is_gray(photo.read())) == (8, True)
    np.testing.assert_array_equal(to_array(photo.read())[..., 0], bits)


@pytest.mark.parametrize("format_", ["JPEG", "TIFF"])
def test_cmyk_equals_littlecms(format_):
    """A CMYK JPEG is stored inverted, as Adobe does; Pillow and libvips both know."""
    cmyk = built_in_bytes("cmyk")
    profile = ImageCms.ImageCmsProfile(BytesIO(cmyk))
    inks = np.random.default_rng(0).integers(0, 200, (4, 4, 4)).astype(np.uint8)
    image = Image.fromarray(inks.repeat(16, axis=0).repeat(16, axis=1), "CMYK")
    how = {"quality": 100, "subsampling": 0} if format_ == "JPEG" else {}
    data = _pillow(image, format_, icc_profile=cmyk, **how)
    stored = Image.open(BytesIO(data))
    expected = ImageCms.profileToProfile(
        stored, profile, ImageCms.createProfile("sRGB"), 1, outputMode="RGB"
    )
    photo = open_photo(data)
    assert photo.depth == 8
    actual = to_array(photo.read())[..., :3] / 257
    difference = np.abs(actual - np.asarray(expected))
    assert difference.mean() < 1
    assert difference.max() < 6


def test_float_that_is_not_a_number_is_dark_not_damage(tmp_path):
    pixels = np.full((8, 8), 0.25, np.float32)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, -5, 1e30
    image = pyvips.Image.new_from_array(pixels)
    image.tiffsave(str(tmp_path / "a.tif"))
    L = to_array(lightness(open_photo(tmp_path / "a.tif").read()))[..., 0]
    assert np.isfinite(L).all()
    assert L.min() >= 0
    assert L.max() <= 100.01
