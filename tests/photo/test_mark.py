import numpy as np
import pytest
import pyvips

from autochrome.photo import from_array, to_array, to_upright
from autochrome.photo.mark import mark


def gray(height, width, dtype=np.uint8, bands=3):
    largest = np.iinfo(dtype).max
    image = from_array(np.full((height, width, bands), largest // 2, dtype=dtype))
    return image.copy(interpretation="srgb" if dtype == np.uint8 else "rgb16")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_lies_in_the_corner_one_looks_at(orientation):
    image = gray(300, 200)
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    before, after = to_array(image), to_array(mark(image))
    upright = to_upright(after, orientation)
    rows, columns = np.nonzero((to_upright(before, orientation) != upright).any(axis=-1))
    height, width = upright.shape[:2]
    assert rows.min() > height - 20
    assert columns.min() > width - 20
    assert rows.max() < height - 2
    assert columns.max() < width - 2
    # Violet above orange and green, whichever way it is stored.
    top, left, right = upright[height - 13, width - 10], *upright[height - 9, [-12, -7]]
    assert top[2] > top[1]
    assert left[0] > left[2]
    assert right[1] > right[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [3, 4])
def test_depth_and_alpha(dtype, bands):
    image = gray(400, 500, dtype, bands)
    marked = mark(image)
    assert (marked.format, marked.bands, marked.interpretation) == (
        image.format,
        bands,
        image.interpretation,
    )
    changed = (to_array(image) != to_array(marked)).any(axis=-1)
    assert 0.0005 < changed.mean() < 0.003
    if bands == 4:  # visible where the photograph is not
        assert to_array(marked)[..., 3].max() == np.iinfo(dtype).max


@pytest.mark.parametrize("size", [(1, 1), (13, 500), (1, 20_000)])
def test_too_small_a_photograph_stays_as_it_is(size):
    image = gray(*size)
    assert np.array_equal(to_array(mark(image)), to_array(image))


def test_reads_from_top_to_bottom_once(tmp_path):
    path = str(tmp_path / "a.png")
    gray(3000, 2000).pngsave(path)
    image = pyvips.Image.new_from_file(path, access="sequential")
    mark(image).pngsave(str(tmp_path / "b.png"))
    assert pyvips.Image.new_from_file(str(tmp_path / "b.png")).height == 3000
