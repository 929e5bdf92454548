import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autochrome.metrics import colorfulness


@given(arrays(np.uint8, (5, 6, 1)))
def test_grey_has_none(lightness):
    assert colorfulness(np.repeat(lightness, 3, axis=-1)) == 0


def test_one_flat_color_has_only_the_offset():
    # rg = 255, yb = 127.5: 0.3 * 255 * sqrt(1 + 1 / 4)
    red = np.full((4, 4, 3), (255, 0, 0), np.uint8)
    assert colorfulness(red) == pytest.approx(0.3 * 255 * np.sqrt(1.25))


def test_opposite_colors_have_only_the_spread():
    # rg = +-100, yb = +-50 around 0: sqrt(100^2 + 50^2)
    halves = np.array([(100, 0, 0), (0, 100, 100)], np.uint8)
    assert colorfulness(halves) == pytest.approx(np.hypot(100, 50))


@given(arrays(np.uint8, (7, 3)), st.randoms())
def test_the_place_of_a_pixel_does_not_matter(pixels, random):
    order = list(range(7))
    random.shuffle(order)
    assert colorfulness(pixels[order]) == pytest.approx(colorfulness(pixels))


@pytest.mark.parametrize(
    "faulty",
    [np.zeros((4, 4, 4), np.uint8), np.zeros((0, 3), np.uint8), np.zeros((4, 4, 3))],
)
def test_faults_are_refused(faulty):
    with pytest.raises(ValueError, match="uint8"):
        colorfulness(faulty)
