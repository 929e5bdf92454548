"""Exposure: what the network is shown of a dark photograph."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autochrome import ColorizeOptions, Colorizer
from autochrome.color import linear_to_srgb, rgb_to_lab
from autochrome.pipeline.decode import decode_smoothly
from autochrome.pipeline.exposure import brightening, expose, exposure_gain
from autochrome.pipeline.prepare import pad_to_multiple


def gray(linear):
    """L* of gray light in [0, 1], by way of sRGB."""
    return rgb_to_lab(np.repeat(linear_to_srgb(linear)[..., None], 3, axis=-1))[..., 0]


def exposed(lightness, exposure):
    return expose(lightness, exposure_gain(lightness, exposure))


@pytest.fixture
def light():
    """Linear light of a scene whose highlights are at half of white."""
    scene = np.random.default_rng(0).uniform(0, 0.4, (40, 50)).astype(np.float32)
    scene[:4] = 0.5  # a tenth
    return scene


@pytest.mark.parametrize("gain", [1.01, 1.7, 4])
def test_a_dark_exposure_is_seen_as_the_right_one(light, gain):
    np.testing.assert_allclose(exposed(gray(light / gain), 0.5), gray(light), atol=1e-3)


def test_two_stops_are_the_most(light):
    np.testing.assert_allclose(exposed(gray(light / 16), 0.5), gray(light / 4), atol=1e-3)


@pytest.mark.parametrize(("gain", "seen"), [(1.01, 1.01), (1.7, 1.7), (4, 4), (16, 4)])
def test_at_a_fixed_chromaticity_ab_grows_with_the_cube_root_of_light(light, gain, seen):
    """Against sRGB made darker. Source: CIE 15:2004, 8.2.1."""
    larger = brightening(exposure_gain(gray(light / gain), 0.5))
    assert larger == pytest.approx(seen ** (1 / 3), rel=1e-4)
    linear = np.array([[[0.5, 0.35, 0.2]]], np.float32)
    bright, dark = (rgb_to_lab(linear_to_srgb(linear / by))[0, 0, 1:] for by in (1, seen))
    np.testing.assert_allclose(bright / larger, dark, rtol=2e-3)


@pytest.mark.parametrize("exposure", [0, 0.3, 0.4999])
def test_what_is_light_enough_is_left_as_it_is(light, exposure):
    lightness = gray(light)
    assert exposed(lightness, exposure) is lightness
    assert exposure_gain(lightness, exposure) == brightening(1) == 1


@pytest.mark.parametrize("black", [0, -1e-6])
def test_black_stays_black(black):
    lightness = np.full((32, 32), black, np.float32)
    np.testing.assert_allclose(exposed(lightness, 0.5), 0, atol=1e-4)
    assert exposed(lightness, 0) is lightness


def test_a_lamp_does_not_hide_the_night(light):
    night = light / 3
    night[20, :5] = 1  # 0.25 % of the picture
    lamp = night == 1
    seen = exposed(gray(night), 0.5)
    np.testing.assert_allclose(seen[~lamp], gray(light)[~lamp], atol=1e-3)
    np.testing.assert_allclose(seen[lamp], 100, atol=1e-3)


def mounted(lightness, top, bottom, left, right):
    """Print it on white paper, a little askew."""
    paper = np.pad(lightness, ((top, bottom), (left, right)), constant_values=95)
    row, column = np.indices(paper.shape)
    paper[(row < top + column / 20) & (top > 0)] = 95
    return paper


@pytest.mark.parametrize(
    "border", [(12, 12, 12, 12), (1, 3, 2, 9), (4, 25, 4, 4), (0, 5, 5, 5), (5, 5, 5, 0)]
)
def test_the_white_border_of_a_print_does_not_hide_the_night(light, border):
    night = gray(np.kron(light, np.ones((3, 3), np.float32)) / 3)
    scan = mounted(night, *border)
    assert exposure_gain(scan, 0.5) == pytest.approx(3, rel=1e-3)
    assert exposed(scan, 0.5)[scan == 95].min() > 99.9


@pytest.mark.parametrize(
    "border",
    [(30, 0, 0, 0), (30, 0, 30, 0), (0, 0, 30, 30), (70, 70, 80, 80)],
    ids=["sky", "corner", "doors", "a small thing on white"],
)
def test_what_is_bright_in_the_picture_itself_counts(light, border):
    scan = mounted(gray(np.kron(light, np.ones((3, 3), np.float32)) / 3), *border)
    assert exposure_gain(scan, 0.5) == 1


@given(
    arrays(np.float32, (9, 7), elements=st.floats(0, 100, width=32)),
    st.floats(0, 1, exclude_max=True),
)
def test_brighter_and_in_the_same_order(lightness, exposure):
    seen = exposed(lightness, exposure)
    assert seen.dtype == np.float32
    assert (seen >= lightness - 1e-4).all()
    assert seen.max() <= 100 + 1e-4
    order = np.argsort(lightness, axis=None)
    assert (np.diff(seen.ravel()[order]) >= -1e-4).all()


@pytest.fixture
def exposing(colorizer):
    manifest = colorizer.manifest
    return replace(
        colorizer, manifest=replace(manifest, input=replace(manifest.input, exposure=0.5))
    )


@pytest.mark.parametrize("flip_averaging", [False, True])
def test_network_sees_the_bright_photograph_and_edges_the_dark_one(
    colorizer, exposing, light, flip_averaging
):
    dark = gray(light / 3)
    seen = exposing.predict_lightness(dark, dark.shape, flip_averaging=flip_averaging)
    bright = colorizer.predict_lightness(
        exposed(dark, 0.5), dark.shape, flip_averaging=flip_averaging
    )
    np.testing.assert_allclose(seen.answer, bright.answer, atol=1e-3)
    np.testing.assert_array_equal(seen.lightness, dark)
    plain = ColorizeOptions(smoothing=0)  # which follows the photograph's own lightness
    found, expected = (
        decode_smoothly(each, plain, colorizer.manifest.decode) for each in (seen, bright)
    )
    np.testing.assert_allclose(found * 3 ** (1 / 3), expected, atol=0.01)
    assert np.abs(expected).max() > 3
    unexposed = colorizer.predict_lightness(dark, dark.shape, flip_averaging=flip_averaging)
    assert np.abs(unexposed.answer - bright.answer).max() > 0.5


def test_what_pads_a_photograph_does_not_hide_its_border(exposing, light):
    """Beyond the narrow border of this one there is night again, mirrored."""
    night = gray(np.kron(light, np.ones((6, 6), np.float32)) / 3)
    scan = np.pad(night[:-3, :-3], 1, constant_values=95)
    padded = pad_to_multiple(scan, exposing.manifest.input.multiple)
    assert exposure_gain(padded, 0.5) == 1
    seen = exposing.predict_lightness(scan, scan.shape)
    assert seen.exposure_gain == pytest.approx(3, rel=1e-3)
    bright = exposing.session.run(expose(padded, 3))
    np.testing.assert_allclose(seen.answer, bright, atol=0.05)


def test_pixels_keep_their_lightness():
    """With the flagship, which brightens what it sees."""
    flagship = Colorizer.open(num_threads=1)
    pixels = np.tile(np.linspace(0, 90, 96), (64, 1)).astype(np.uint8)
    lightness = rgb_to_lab(np.repeat(pixels[..., None].astype(np.float32) / 255, 3, axis=-1))
    assert exposed(lightness[..., 0], flagship.manifest.input.exposure).max() > 70
    colored = flagship.colorize(pixels, ColorizeOptions(vividness=0.9))
    after = rgb_to_lab(colored.astype(np.float32) / 255)
    np.testing.assert_allclose(after[..., 0], lightness[..., 0], atol=0.5)
    assert np.abs(after[..., 1:]).max() > 3
