import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autochrome.pipeline.prepare import default_side, pad_to_multiple, working_size

sizes = st.integers(1, 50_000)


@given(sizes, sizes, st.integers(16, 1024))
def test_working_size_keeps_the_aspect_and_is_bounded(height, width, side):
    h, w = working_size(height, width, side)
    assert 1 <= min(h, w) <= side
    assert max(h, w) <= 4 * side
    scale = max(h, w) / max(height, width)
    assert abs(h - max(1, height * scale)) <= 1
    assert abs(w - max(1, width * scale)) <= 1
    if max(height, width) <= 4 * min(height, width):
        assert min(h, w) == side


def test_working_size_of_usual_photographs():
    assert working_size(4000, 6000, 256) == (256, 384)
    assert working_size(6000, 4000, 256) == (384, 256)
    assert working_size(64, 64, 256) == (256, 256)
    assert working_size(1, 10_000, 256) == (1, 1024)


def test_a_small_photograph_is_not_enlarged_but_for_thumbnails():
    sides = [default_side(h, w, 256) for h, w in ((4000, 6000), (300, 200), (140, 128), (90, 400))]
    assert sides == [256, 200, 160, 160]
    assert default_side(300, 200, 64) == 64


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([4, 8, 32]))
def test_padding_keeps_the_picture(height, width, multiple):
    lightness = np.arange(height * width, dtype=np.float32).reshape(height, width)
    padded = pad_to_multiple(lightness, multiple)
    assert all(size % multiple == 0 for size in padded.shape)
    assert padded.shape[0] - height < multiple
    np.testing.assert_array_equal(padded[:height, :width], lightness)
    assert set(np.unique(padded)) <= set(np.unique(lightness))
