import numpy as np
import pytest
import pyvips

from autochrome.photo import from_array, to_array, to_stored, to_upright

STORED = np.arange(2 * 3, dtype=np.uint8).reshape(2, 3, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_equals_libvips(orientation):
    image = from_array(STORED).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    np.testing.assert_array_equal(to_upright(STORED, orientation), to_array(image.autorot()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_round_trip(orientation):
    upright = to_upright(STORED, orientation)
    np.testing.assert_array_equal(to_stored(upright, orientation), STORED)
