import numpy as np
import pytest
from skimage.color import rgb2lab

from autochrome.color import max_chroma
from autochrome.photo import photo_from_array, to_array
from autochrome.pipeline.join import join_color


def _join(pixels, ab):
    return to_array(join_color(photo_from_array(pixels).read(), ab.astype(np.float32)))


def _lab(pixels):
    unit = pixels[..., :3] / np.iinfo(pixels.dtype).max
    return rgb2lab(unit if unit.shape[-1] == 3 else np.repeat(unit, 3, axis=-1))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.uint8, 0.5), (np.uint16, 0.05)])
@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("spread", [5, 30, 110])
def test_lightness_is_kept_at_every_pixel(dtype, tolerance, bands, spread):
    rng = np.random.default_rng(spread)
    pixels = rng.integers(0, np.iinfo(dtype).max + 1, (200, 300, bands)).astype(dtype)
    ab = rng.uniform(-spread, spread, (25, 40, 2))
    difference = np.abs(_lab(_join(pixels, ab))[..., 0] - _lab(pixels)[..., 0])
    assert difference.max() < tolerance


def test_lightness_is_kept_at_the_cliff_of_yellow():
    """Near L* = 97 and hue = 103 degrees sRGB ends abruptly."""
    gray = np.arange(62_000, 65_000, dtype=np.uint16)[None].repeat(40, axis=0)
    hue = np.radians(np.linspace(95, 112, 40))[:, None, None]
    ab = 110 * np.concatenate([np.cos(hue), np.sin(hue)], axis=-1)
    difference = np.abs(_lab(_join(gray, ab))[..., 0] - _lab(gray[..., None])[..., 0])
    assert difference.max() < 0.05


def test_color_inside_srgb_is_what_was_asked_for():
    pixels = np.full((40, 60), 130, dtype=np.uint8)
    lab = _lab(_join(pixels, np.full((4, 6, 2), (12.0, -20.0))))
    assert np.abs(lab[..., 1:] - (12, -20)).max() < 0.7


def test_color_outside_srgb_keeps_its_hue_and_nearly_all_the_chroma_there_is():
    pixels = np.full((40, 60), 30_000, dtype=np.uint16)
    lab = _lab(_join(pixels, np.full((4, 6, 2), (80.0, 80.0))))[20, 30]
    limit = max_chroma(lab[0], np.pi / 4)
    assert abs(lab[1] - lab[2]) < 0.1
    assert 0.93 * limit < np.hypot(lab[1], lab[2]) <= limit + 0.05


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_without_color_the_result_is_neutral_and_exact(dtype):
    gray = np.arange(256, dtype=dtype).reshape(16, 16) * (np.iinfo(dtype).max // 255)
    joined = _join(gray, np.zeros((4, 4, 2)))
    np.testing.assert_allclose(
        joined, np.repeat(gray[..., None], 3, -1), atol=0 if dtype == np.uint8 else 6
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [2, 4])
def test_alpha_is_kept(dtype, bands):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, np.iinfo(dtype).max, (30, 20, bands)).astype(dtype)
    joined = _join(pixels, rng.normal(size=(3, 2, 2)) * 30)
    assert (joined.shape, joined.dtype) == ((30, 20, 4), dtype)
    np.testing.assert_array_equal(joined[..., 3], pixels[..., -1])


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2), (64, 64), (200, 123)])
def test_any_size_of_ab(size):
    pixels = np.full((60, 80), 128, dtype=np.uint8)
    joined = _join(pixels, np.full((*size, 2), (10.0, 20.0)))
    assert joined.shape == (60, 80, 3)
    assert (joined == joined[0, 0]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strength_blends_with_the_gray_photograph(dtype):
    rng = np.random.default_rng(0)
    photo = photo_from_array((rng.uniform(0.2, 0.8, (60, 80)) * np.iinfo(dtype).max).astype(dtype))
    ab = rng.uniform(-90, 90, (6, 8, 2)).astype(np.float32)  # most of it outside sRGB
    gray, half, full = (to_array(join_color(photo.read(), ab, s)) for s in (0, 0.5, 1))
    np.testing.assert_array_equal(gray, to_array(join_color(photo.read(), ab * 0)))
    np.testing.assert_array_equal(full, to_array(join_color(photo.read(), ab)))
    assert np.abs(_lab(half)[..., 1:] - _lab(full)[..., 1:] / 2).max() < 1.5
