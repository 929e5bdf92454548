from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from autochrome.photo import photo_from_array, to_array
from autochrome.photo.icc import built_in, built_in_bytes, parse_profile
from autochrome.photo.profile import lightness, to_depth

GRAY, RGB = b"GRAY", b"RGB "


def test_srgb_of_libvips_is_the_standard_curve():
    x = np.linspace(0, 1, 65536)
    expected = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(built_in("srgb").curves, [expected] * 3, atol=3e-5)


def test_display_p3_has_its_published_primaries():
    """Apple's Display P3, under D50: column sums are the white, luminances the published ones."""
    profile = built_in("p3")
    np.testing.assert_allclose(profile.to_xyz[1], [0.2412, 0.6922, 0.0666], atol=2e-4)
    np.testing.assert_allclose(profile.to_xyz.sum(axis=1), [0.9642, 1, 0.8249], atol=2e-4)
    np.testing.assert_allclose(profile.to_linear_srgb.sum(axis=1), 1)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_rgb_equals_littlecms(icc, gamma):
    """Pillow's own LittleCMS at 8 bits, where it does not interpolate."""
    data = icc.rgb_profile(icc.ADOBE_RGB, gamma)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    source, target = ImageCms.ImageCmsProfile(BytesIO(data)), ImageCms.createProfile("sRGB")
    expected = ImageCms.profileToProfile(Image.fromarray(pixels), source, target)
    photo = photo_from_array(pixels, icc_profile=data)
    actual = to_array(to_depth(photo.read(), photo.depth)).astype(int)
    difference = np.abs(actual - np.asarray(expected))
    assert difference.max() <= 2
    assert difference.mean() < 0.1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_gray_gamma_is_honored_and_stays_gray(icc, dtype, gamma):
    largest = np.iinfo(dtype).max
    pixels = np.arange(256, dtype=dtype)[None] * (largest // 255)
    photo = photo_from_array(pixels, icc_profile=icc.gray_profile(gamma))
    image = photo.read()
    assert (image.bands, image.format) == (1, "ushort")
    luminance = (pixels / largest) ** (round(gamma * 256) / 256)
    expected = np.where(
        luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27
    )
    assert np.abs(to_array(lightness(image))[..., 0] - expected).max() < 0.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_stays(icc, dtype):
    pixels = np.full((4, 4, 4), np.iinfo(dtype).max // 3, dtype=dtype)
    photo = photo_from_array(pixels, icc_profile=icc.rgb_profile())
    read = to_array(to_depth(photo.read(), photo.depth))
    np.testing.assert_array_equal(read[..., 3], pixels[..., 3])
    assert (read[..., :3] != pixels[..., :3]).any()


def test_what_is_not_of_the_space_or_has_tables_is_left_to_libvips(icc):
    rgb = icc.rgb_profile()
    assert parse_profile(rgb, RGB)
    assert parse_profile(rgb, GRAY) is None
    assert parse_profile(icc.gray_profile(), RGB) is None
    assert parse_profile(built_in_bytes("cmyk"), RGB) is None
    assert parse_profile(rgb.replace(b"cprt", b"A2B0"), RGB) is None


@given(st.binary(max_size=40), st.integers(0, 479))
def test_damaged_profiles_raise_nothing(noise, position):
    data = bytearray(built_in_bytes("p3"))
    data[position : position + len(noise)] = noise
    for damaged in (bytes(data), bytes(data[:position])):
        profile = parse_profile(damaged, RGB)
        assert profile is None or np.isfinite(profile.curves).all()
