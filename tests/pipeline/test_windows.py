import numpy as np
from scipy.ndimage import uniform_filter

from autochrome.pipeline.windows import window_mean


def test_window_mean_is_scipys():
    values = np.random.default_rng(0).normal(size=(20, 31, 2))
    for radius in (1, 3):
        expected = uniform_filter(values, (2 * radius + 1, 2 * radius + 1, 1))
        inside = (slice(radius, -radius), slice(radius, -radius))
        np.testing.assert_allclose(window_mean(values, radius)[inside], expected[inside])
    np.testing.assert_allclose(window_mean(values, 1)[0, 0], values[:2, :2].mean(axis=(0, 1)))
