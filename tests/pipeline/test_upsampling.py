import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from autochrome.photo import resize_array
from autochrome.pipeline.upsampling import (
    apply_linear,
    color_slope,
    follow_edges,
    linear_color,
    window_mean,
)

COLORS = {"left": (30.0, 20.0), "right": (-10.0, -25.0)}


@pytest.fixture
def edge():
    """A dark and a light half whose border, at column 38, is inside a cell; true color too."""
    lightness = np.full((64, 80), 25, dtype=np.float32)
    lightness[:, 38:] = 80
    ab = np.empty((64, 80, 2), dtype=np.float32)
    ab[:, :38], ab[:, 38:] = COLORS["left"], COLORS["right"]
    return lightness, ab


def _coarse(ab):
    return resize_array(resize_array(ab, ab.shape[0] // 4, ab.shape[1] // 4), *ab.shape[:2])


def test_window_mean_is_scipys():
    values = np.random.default_rng(0).normal(size=(20, 31, 2))
    for radius in (1, 3):
        expected = uniform_filter(values, (2 * radius + 1, 2 * radius + 1, 1))
        inside = (slice(radius, -radius), slice(radius, -radius))
        np.testing.assert_allclose(window_mean(values, radius)[inside], expected[inside])
    np.testing.assert_allclose(window_mean(values, 1)[0, 0], values[:2, :2].mean(axis=(0, 1)))


def test_slope_is_that_of_a_linear_relation_but_for_the_damping():
    rng = np.random.default_rng(1)
    cells = rng.uniform(0, 100, (16, 20, 1)).astype(np.float32)
    lightness = np.repeat(np.repeat(cells, 4, 0), 4, 1)
    slope = color_slope(lightness * np.float32([0.5, -0.25]), lightness[..., 0])
    middle = slope[8:-8, 8:-8]
    np.testing.assert_allclose(middle[..., 0], -2 * middle[..., 1], rtol=1e-4)
    assert 0.15 < middle[..., 0].min() <= middle[..., 0].max() < 0.5


def test_edges_are_sharper_than_bilinear_ones(edge):
    lightness, ab = edge
    bilinear = _coarse(ab)
    sharp = follow_edges(bilinear, lightness)
    error = {name: np.abs(x - ab).mean() for name, x in (("bilinear", bilinear), ("sharp", sharp))}
    assert error["sharp"] < 0.6 * error["bilinear"]


def test_color_stays_inside_its_range_at_an_edge(edge):
    """No halo: nothing is warmer than the warm side or cooler than the cool one by much."""
    lightness, ab = edge
    sharp = follow_edges(_coarse(ab), lightness)
    low, high = ab.min(axis=(0, 1)), ab.max(axis=(0, 1))
    assert ((sharp > low - 4) & (sharp < high + 4)).all()


def test_linear_color_enlarged_follows_an_edge_of_full_size(edge):
    lightness, ab = edge
    large, truth = (np.repeat(np.repeat(x, 8, 0), 8, 1) for x in (lightness, ab))
    small = follow_edges(_coarse(ab), lightness)
    edge_aware = apply_linear(linear_color(small, lightness), large)
    bilinear = resize_array(small, *large.shape)
    border = slice(38 * 8 - 4, 38 * 8 + 4)  # where the pixels of the small picture meet
    error = [np.abs(ab - truth)[:, border].mean() for ab in (edge_aware, bilinear)]
    assert error[0] < 0.75 * error[1]


def test_linear_color_is_the_color_where_it_was_made():
    rng = np.random.default_rng(2)
    lightness = rng.uniform(0, 100, (21, 34)).astype(np.float32)
    ab = rng.normal(size=(21, 34, 2)).astype(np.float32) * 30
    np.testing.assert_allclose(apply_linear(linear_color(ab, lightness), lightness), ab, atol=1e-3)


def test_without_edges_it_is_bilinear():
    rng = np.random.default_rng(4)
    ab = rng.normal(size=(40, 24, 2)).astype(np.float32) * 30
    flat = np.full((40, 24), 60, dtype=np.float32)
    np.testing.assert_allclose(follow_edges(ab, flat), ab, atol=1e-4)
    enlarged = apply_linear(linear_color(ab, flat), np.full((100, 70), 60, dtype=np.float32))
    np.testing.assert_allclose(enlarged, resize_array(ab, 100, 70), atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (3, 2), (5, 64)])
def test_any_size(size):
    ab = np.full((*size, 2), (10.0, 20.0), dtype=np.float32)
    lightness = np.random.default_rng(0).uniform(0, 100, size).astype(np.float32)
    np.testing.assert_allclose(follow_edges(ab, lightness), ab, atol=1e-4)
