"""What is done to pixels that another library has decoded."""

import tracemalloc

import numpy as np
import pytest

from autochrome.photo.decoded import straight


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [2, 4])
def test_color_is_divided_by_alpha_row_by_row(dtype, bands):
    full = np.iinfo(dtype).max
    color = np.random.default_rng(0).integers(0, full + 1, (300, 700, bands))
    color[0, 0, -1] = 0
    premultiplied = np.rint(color * (color[..., -1:] / full)).astype(dtype)
    premultiplied[..., -1] = color[..., -1]
    expected = premultiplied * (full / np.maximum(color[..., -1:], 1))
    found = straight(premultiplied)
    assert found.dtype == dtype
    np.testing.assert_allclose(found[..., :-1], np.minimum(expected, full)[..., :-1], atol=0.51)
    np.testing.assert_array_equal(found[..., -1], premultiplied[..., -1])


def test_dividing_by_alpha_takes_one_copy():
    pixels = np.full((2000, 1000, 4), 200, np.uint8)
    tracemalloc.start()
    straight(pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5 * pixels.nbytes
