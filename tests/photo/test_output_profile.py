from dataclasses import replace

import numpy as np
import pytest
import pyvips
from skimage.color import rgb2lab, xyz2lab

from autochrome.photo import WriteOptions, encode, open_photo, photo_from_array, to_array
from autochrome.photo.icc import built_in_bytes, parse_profile
from autochrome.photo.profile import to_srgb
from autochrome.pipeline.join import join_color

LOSSLESS = [".png", ".tif"]
RNG = np.random.default_rng(0)


def _gray(dtype):
    return RNG.integers(0, np.iinfo(dtype).max + 1, (120, 160)).astype(dtype)


def _lightness(gray):
    return rgb2lab(np.repeat(gray[..., None], 3, axis=-1) / np.iinfo(gray.dtype).max)[..., 0]


def _flat(ab):
    """Color that does not change with lightness; see `linear_color`."""
    return np.concatenate([np.zeros_like(ab), ab], axis=-1).astype(np.float32)


def _encoded(pixels, profile, suffix, icc_profile=None):
    photo = photo_from_array(pixels)
    colored = join_color(photo.read(deep=True), _flat(RNG.uniform(-50, 50, (12, 16, 2))))
    if icc_profile:
        rgb = np.repeat(pixels[..., None], 3, axis=-1)
        photo = photo_from_array(rgb, icc_profile=icc_profile)
    return pyvips.Image.new_from_buffer(
        encode(colored, photo, suffix, WriteOptions(profile=profile)), ""
    )


def _adapted_lightness(image):
    """L* by the profile's own numbers: codes to XYZ under D50, no code of libvips or ours."""
    profile = parse_profile(image.get("icc-profile-data"), b"RGB ")
    codes = to_array(image).astype(int)
    codes = codes if codes.max() > 255 else codes * 257
    linear = np.stack([profile.curves[i][codes[..., i]] for i in range(3)], axis=-1)
    # To D65 by way of sRGB's primaries, as both share that white.
    rgb = np.clip(linear @ profile.to_linear_srgb.T, 0, 1)
    to_xyz = np.array(
        [
            [0.412453, 0.35758, 0.180423],
            [0.212671, 0.71516, 0.072169],
            [0.019334, 0.119193, 0.950227],
        ]
    )
    return xyz2lab(rgb @ to_xyz.T)[..., 0]


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.uint8, 0.5), (np.uint16, 0.05)])
@pytest.mark.parametrize("profile", ["srgb", "p3", "adobe", "prophoto"])
def test_lightness_is_kept_through_the_profile(icc, suffix, dtype, tolerance, profile):
    own = {
        "adobe": icc.rgb_profile(icc.ADOBE_RGB, 2.2),
        "prophoto": icc.rgb_profile(icc.PROPHOTO, 1.8),
    }.get(profile)
    gray = _gray(dtype)
    back = _encoded(gray, "keep" if own else profile, suffix, own)
    assert back.format == ("uchar" if dtype == np.uint8 else "ushort")
    assert back.get("icc-profile-data") == (own or built_in_bytes(profile))
    assert np.abs(_adapted_lightness(back) - _lightness(gray)).max() < tolerance
    read = to_array(to_srgb(back, deep=True)) / 65535
    assert np.abs(rgb2lab(read)[..., 0] - _lightness(gray)).max() < tolerance


def test_p3_is_wider_than_srgb():
    """The same colors are told with smaller numbers in the wider space."""
    gray = np.full((32, 32), 120, np.uint8)
    photo = photo_from_array(gray)
    colored = join_color(photo.read(deep=True), _flat(np.full((4, 4, 2), (60.0, 40.0))))
    spread = {}
    for profile in ("srgb", "p3"):
        data = encode(colored, photo, ".png", WriteOptions(profile=profile))
        spread[profile] = np.ptp(pyvips.Image.new_from_buffer(data, "").numpy()[5, 5].astype(int))
    assert spread["p3"] < spread["srgb"] - 10


@pytest.mark.parametrize("kind", ["gray", "small", "nonsense", "none"])
def test_keep_means_srgb_where_the_own_profile_cannot_be_kept(icc, kind):
    own = {
        "gray": icc.gray_profile(),
        "small": icc.rgb_profile(icc.TINY_GAMUT),
        "nonsense": b"nonsense" * 40,
        "none": None,
    }[kind]
    back = _encoded(_gray(np.uint8), "keep", ".png", own)
    assert back.get("icc-profile-data") == built_in_bytes("srgb")


def test_keep_of_a_cmyk_photograph_means_srgb(gray_image, tmp_path):
    cmyk = gray_image.colourspace("srgb").icc_transform("cmyk")
    cmyk.tiffsave(str(tmp_path / "a.tif"))
    photo = open_photo(tmp_path / "a.tif")
    back = pyvips.Image.new_from_buffer(
        encode(photo.read(), photo, ".tif", WriteOptions(profile="keep")), ""
    )
    assert (back.bands, back.format) == (3, "uchar")
    assert back.get("icc-profile-data") == built_in_bytes("srgb")


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_formats_carry_the_profile_too(suffix):
    back = _encoded(_gray(np.uint16), "p3", suffix)
    assert back.get("icc-profile-data") == built_in_bytes("p3")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_stays(dtype):
    pixels = np.stack([_gray(dtype)] * 3 + [_gray(dtype)], axis=-1)
    photo = photo_from_array(pixels)
    data = encode(photo.read(deep=True), photo, ".png", WriteOptions(profile="p3"))
    back = to_array(pyvips.Image.new_from_buffer(data, ""))
    np.testing.assert_array_equal(back[..., 3], pixels[..., 3])


def test_sixteen_bits_are_rounded_for_eight():
    """Cut off instead, every value would be half a level darker on average."""
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    photo = photo_from_array(deep)
    image = photo.read()
    data = encode(image, replace(photo, depth=8), ".png", WriteOptions())
    back = pyvips.Image.new_from_buffer(data, "").numpy()
    np.testing.assert_array_equal(back, np.rint(deep / 257))
