"""Color does not flicker, and not for being gray; with the network that comes with the package."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from autochrome.color import rgb_to_lab
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.upsampling import apply_linear, linear_color
from autochrome.video.steady.colors import steady_colors

SAMPLES = Path(__file__).parents[3] / "samples" / "color"
SIZE = (192, 256)
OPTIONS = ColorizeOptions()
FRAMES, STEP = 20, 4


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.open(device="cpu", num_threads=1)


@pytest.fixture(scope="module")
def frames():
    """A photograph that moves to the left, with grain."""
    image = cv2.imread(str(SAMPLES / "prokudin_lady.jpg"))[..., ::-1]
    small = cv2.resize(image, (400, 480), interpolation=cv2.INTER_AREA)
    L = rgb_to_lab(small / np.float32(255))[..., 0].astype(np.float32)
    rng = np.random.default_rng(0)
    views = [L[140:332, t * STEP : t * STEP + 256] for t in range(FRAMES)]
    return [(v + rng.normal(size=SIZE)).clip(0, 100).astype(np.float32) for v in views]


@pytest.fixture(scope="module")
def steady(colorizer, frames):
    return color_steadily(colorizer, frames)


@pytest.fixture(scope="module")
def single(colorizer, frames):
    colored = []
    for L in frames:
        ab = colorizer.decode(colorizer.predict_lightness(L, SIZE), OPTIONS)
        colored.append(apply_linear(linear_color(ab, L), L))
    return colored


def color_steadily(colorizer, frames):
    found = steady_colors(colorizer, ((L, L) for L in frames), frames[0].shape, OPTIONS)
    return [apply_linear(color.coefficients, L) for L, color in found]


def flicker(colored, lag=1):
    """Mean change of ab of a place; the pan is known."""
    pairs = zip(colored, colored[lag:], strict=False)
    moved = lag * STEP
    return np.mean([np.linalg.norm(a[:, moved:] - b[:, :-moved], axis=-1).mean() for a, b in pairs])


def chroma(colored):
    return np.mean([np.linalg.norm(ab, axis=-1).mean() for ab in colored])


def test_flicker_is_at_most_half(steady, single):
    assert flicker(steady) < 0.5 * flicker(single)
    assert flicker(steady, lag=8) < 0.8 * flicker(single, lag=8)


def test_no_chroma_is_lost(steady, single):
    assert 0.95 * chroma(single) < chroma(steady) < 1.15 * chroma(single)


def test_it_is_the_color_of_the_photograph(steady, single):
    distance = np.mean(
        [np.linalg.norm(a - b, axis=-1).mean() for a, b in zip(steady, single, strict=True)]
    )
    assert distance < 0.5 * chroma(single)


def test_the_same_clip_has_the_same_color(colorizer, frames, steady):
    again = color_steadily(colorizer, frames)
    for one, other in zip(steady, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_fade_to_black_keeps_its_colors(colorizer, frames):
    """What has been seen in the light is of the same color in the dark."""
    frame = cv2.resize(frames[0], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    light = [frame] * 11
    steps = np.linspace(1, 0, 10, dtype=np.float32) ** 2  # of linear light
    dark = [(np.cbrt(step) * (frame + 16) - 16).clip(0, 100) for step in steps]
    faded = color_steadily(colorizer, light + dark)
    before, after = (np.moveaxis(faded[index], -1, 0) for index in (10, 15))
    turned = np.arctan2(after[1], after[0]) - np.arctan2(before[1], before[0])
    vivid = np.hypot(*before) > 8
    assert np.cos(turned[vivid]).mean() > 0.95
    shade = (dark[4] + 16).mean() / (light[0] + 16).mean()
    assert np.hypot(*after).mean() == pytest.approx(shade * np.hypot(*before).mean(), rel=0.15)
