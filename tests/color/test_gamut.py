import numpy as np
import pytest

from autochrome.color import ab_gamut

# The published centres of Zhang, Isola, Efros 2016, as rows ``a: (b_min, b_max)``.
PUBLISHED_ROWS = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100),
    -40: (-40, 100), -30: (-50, 100), -20: (-50, 100), -10: (-60, 100), 0: (-70, 100),
    10: (-80, 90), 20: (-80, 90), 30: (-90, 90), 40: (-100, 90), 50: (-100, 80),
    60: (-110, 80), 70: (-110, 80), 80: (-110, 70), 90: (-110, 70), 100: (-90, 0),
}  # fmt: skip


def test_equals_the_published_set_in_order():
    published = [(a, b) for a, (low, high) in PUBLISHED_ROWS.items()
                 for b in range(low, high + 1, 10)]  # fmt: skip
    np.testing.assert_array_equal(ab_gamut().centers, published)


def test_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        ab_gamut().centers[0] = 0
