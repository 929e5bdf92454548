import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from autochrome.color import lab_to_rgb, max_chroma, max_chroma_table, reduce_chroma, rgb_to_lab

any_lab = st.tuples(st.floats(0, 100), st.floats(-150, 150), st.floats(-150, 150)).map(np.array)


@given(any_lab)
def test_mapped_color_is_inside_at_the_same_lightness_and_hue(lab):
    mapped = reduce_chroma(lab)
    rgb = lab_to_rgb(mapped)
    assert rgb.min() > -1e-4
    assert rgb.max() < 1 + 1e-4
    assert mapped[0] == lab[0]
    assert abs(lab[1] * mapped[2] - lab[2] * mapped[1]) < 1e-6  # parallel: same hue
    assert mapped[1:] @ lab[1:] >= 0
    # Clipping what is left moves the lightness by next to nothing.
    assert abs(rgb_to_lab(rgb.clip(0, 1))[0] - lab[0]) < 0.01


@given(st.tuples(*[st.floats(0, 1)] * 3).map(np.array))
@example(np.array([1.0, 1.0, 0.0]))  # the ray towards yellow leaves sRGB on its way
def test_colors_inside_are_kept(rgb):
    lab = rgb_to_lab(rgb)
    np.testing.assert_allclose(reduce_chroma(lab), lab, atol=0.01)


def test_largest_chroma_of_the_primaries():
    """A primary is a corner of the gamut: the largest chroma at its lightness and hue."""
    lab = rgb_to_lab(np.eye(3))
    hue = np.arctan2(lab[:, 2], lab[:, 1])
    np.testing.assert_allclose(max_chroma(lab[:, 0], hue), np.hypot(*lab[:, 1:].T), atol=0.01)


def test_black_and_white_have_no_chroma():
    hue = np.linspace(0, 6, 7)
    assert max_chroma(np.array([[0.0], [100.0]]), hue).max() < 0.1


def test_table_holds_the_function_and_wraps():
    table = max_chroma_table()
    assert table[100, 90] == np.float32(max_chroma(50.0, np.pi / 4))
    np.testing.assert_allclose(table[:, 0], table[:, -1], atol=1e-3)
