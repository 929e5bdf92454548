from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from autochrome.color import lab_to_rgb, max_chroma, reduce_chroma
from autochrome.photo import open_photo, photo_from_array, resize_array, to_array
from autochrome.pipeline.join import join_color, reduced_share, size_limit_table
from autochrome.pipeline.upsampling import apply_linear, linear_color

SAMPLES = sorted((Path(__file__).parents[2] / "samples").rglob("*.jpg"))
BOUND = {np.uint8: 0.5, np.uint16: 0.05}


def _small_lightness(pixels, ab):
    return resize_array(_lab(pixels)[..., 0].astype(np.float32), *ab.shape[:2])[..., 0]


def _join(pixels, ab):
    small = _small_lightness(pixels if pixels.ndim == 3 else pixels[..., None], ab)
    color = linear_color(ab.astype(np.float32), small)
    return to_array(join_color(photo_from_array(pixels).read(), color))


def _lab(pixels):
    unit = pixels / np.iinfo(pixels.dtype).max
    return rgb2lab(unit[..., :3] if unit.shape[-1] > 2 else np.repeat(unit[..., :1], 3, axis=-1))


@settings(max_examples=40)
@given(
    dtype=st.sampled_from([np.uint8, np.uint16]),
    bands=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([0, 1, 5, 30, 110, 500]),
    center=st.tuples(st.floats(-128, 128), st.floats(-128, 128)),
    darkest=st.floats(0, 1),
    range_=st.floats(0, 1),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
def test_lightness_is_kept_at_every_pixel(
    dtype, bands, seed, spread, center, darkest, range_, size
):
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    values = darkest + (1 - darkest) * range_ * rng.random((100, 150, bands))
    pixels = np.rint(values * top).astype(dtype)
    ab = np.array(center) + rng.uniform(-spread, spread, (*size, 2))
    difference = np.abs(_lab(_join(pixels, ab))[..., 0] - _lab(pixels)[..., 0])
    assert difference.max() <= BOUND[dtype]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_lightness_of_a_photograph_is_kept_whatever_its_color(path, dtype):
    pixels = to_array(open_photo(path).read())
    pixels = pixels.astype(dtype) * (np.iinfo(dtype).max // 255)
    ab = np.random.default_rng(0).normal(size=(48, 64, 2)) * 50
    difference = np.abs(_lab(_join(pixels, ab))[..., 0] - _lab(pixels)[..., 0])
    assert difference.max() <= BOUND[dtype]


def test_lightness_is_kept_at_the_cliff_of_yellow():
    """Near L* = 97 and hue = 103 degrees sRGB ends abruptly."""
    gray = np.arange(62_000, 65_000, dtype=np.uint16)[None].repeat(80, axis=0)
    hue = np.radians(np.linspace(90, 120, 80))[:, None, None]
    ab = 110 * np.concatenate([np.cos(hue), np.sin(hue)], axis=-1).repeat(40, axis=1)
    difference = np.abs(_lab(_join(gray, ab))[..., 0] - _lab(gray[..., None])[..., 0])
    assert difference.max() < 0.05


def test_graph_is_the_numpy_reference():
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 65_536, (90, 120, 1)).astype(np.uint16)
    ab = rng.normal(size=(30, 40, 2)).astype(np.float32) * 40
    lightness = _lab(pixels)[..., 0].astype(np.float32)
    full = apply_linear(linear_color(ab, _small_lightness(pixels, ab)), lightness)
    lab = np.concatenate([lightness[..., None], full], axis=-1)
    expected = lab_to_rgb(reduce_chroma(lab)).clip(0, 1)
    difference = np.abs(_join(pixels, ab) / 65_535 - expected)
    assert np.percentile(difference, 99) < 0.002
    assert np.median(difference) < 1e-4


def test_no_more_chroma_is_lost_than_must_be():
    """At the cliffs of sRGB too: the table is lowered at few entries, and true at the others."""
    L = np.linspace(0, 100, 201)[:, None]
    turn = np.linspace(-2, 2, 361)
    a = 1 - np.abs(turn)
    b = np.sign(turn) * (1 - np.abs(a))
    limit = max_chroma(L, np.arctan2(b, a)) / np.hypot(a, b)
    lowered = size_limit_table() < limit - 1e-3
    assert 0 < lowered.mean() < 0.002
    np.testing.assert_allclose(size_limit_table()[~lowered], limit[~lowered], atol=1e-3)


def test_share_of_colors_outside_srgb():
    lightness = np.full((2, 50), 50, dtype=np.float32)
    ab = np.zeros((2, 50, 2), dtype=np.float32)
    assert reduced_share(ab, lightness) == 0
    ab[0, :20] = (0, 120)
    assert reduced_share(ab, lightness) == pytest.approx(0.2)


def test_color_inside_srgb_is_what_was_asked_for():
    pixels = np.full((40, 60), 130, dtype=np.uint8)
    lab = _lab(_join(pixels, np.full((4, 6, 2), (12.0, -20.0))))
    assert np.abs(lab[..., 1:] - (12, -20)).max() < 0.7


def test_color_outside_srgb_keeps_its_hue_and_nearly_all_the_chroma_there_is():
    pixels = np.full((40, 60), 30_000, dtype=np.uint16)
    lab = _lab(_join(pixels, np.full((4, 6, 2), (80.0, 80.0))))[20, 30]
    limit = max_chroma(lab[0], np.pi / 4)
    assert abs(lab[1] - lab[2]) < 0.1
    assert np.hypot(lab[1], lab[2]) == pytest.approx(limit, abs=0.05)


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
    color = np.concatenate([np.zeros_like(ab), ab], axis=-1)
    gray, half, full = (to_array(join_color(photo.read(), color, s)) for s in (0, 0.5, 1))
    np.testing.assert_array_equal(gray, to_array(join_color(photo.read(), color * 0)))
    np.testing.assert_array_equal(full, to_array(join_color(photo.read(), color)))
    assert np.abs(_lab(half)[..., 1:] - _lab(full)[..., 1:] / 2).max() < 1.5
