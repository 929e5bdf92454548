import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autochrome.color import rgb_to_lab
from autochrome.evaluate.join import join


@settings(deadline=None)
@given(arrays(np.uint8, (4, 5, 3)))
def test_an_8_bit_picture_comes_back_exactly(rgb):
    lab = rgb_to_lab(rgb.astype(np.float32) / 255)
    assert (join(lab[..., 0], lab[..., 1:]) == rgb).all()


@settings(deadline=None)
@given(st.floats(5, 95), st.floats(-150, 150), st.floats(-150, 150))
def test_impossible_colors_keep_their_lightness(lightness, a, b):
    rgb = join(np.full((1, 1), lightness, np.float32), np.full((1, 1, 2), (a, b), np.float32))
    # 8 bits cannot say it closer than this, in the dark least of all.
    assert abs(rgb_to_lab(rgb / 255)[0, 0, 0] - lightness) < 0.6


def test_an_impossible_color_keeps_its_hue():
    rgb = join(np.full((1, 1), 60, np.float32), np.full((1, 1, 2), (120, 60), np.float32))
    _, a, b = rgb_to_lab(rgb / 255)[0, 0]
    assert abs(np.degrees(np.arctan2(b, a) - np.arctan2(60, 120))) < 1
