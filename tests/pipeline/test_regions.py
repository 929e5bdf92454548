import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.pipeline.regions import _EDGE, _REACH, _SIDE, distance_within, smooth_grain


def _dijkstra(smooth, start):
    """The same distance by the textbook, one place after another."""
    distance = np.where(start, 0.0, np.inf)
    queue = [(0.0, *place) for place in np.argwhere(start)]
    side = max(*smooth.shape, 4 * min(smooth.shape)) / 4
    while queue:
        far, y, x = heapq.heappop(queue)
        for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if all(0 <= i < n for i, n in zip(near, smooth.shape, strict=True)):
                there = far + ((smooth[near] - smooth[y, x]) / _EDGE) ** 2 * side / _SIDE
                there += 1 / (_REACH * side)
                if there < distance[near]:
                    distance[near] = there
                    heapq.heappush(queue, (there, *near))
    return distance


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_distance_is_that_of_dijkstra(seed, height, width):
    rng = np.random.default_rng(seed)
    smooth = rng.uniform(0, rng.choice([10, 80]), (height, width))
    start = rng.random((height, width)) < 0.1
    start.flat[rng.integers(start.size)] = True
    distance = distance_within(smooth, start)
    assert np.abs(distance - np.minimum(_dijkstra(smooth, start), 3)).max() < 0.05


def test_a_spiral_is_walked_to_its_end():
    """The way around edges counts, not the way across."""
    smooth = np.zeros((41, 41))
    for i in range(2, 20, 4):
        smooth[i : 41 - i, i] = smooth[i, i : 41 - i] = smooth[i : 41 - i, 40 - i] = 60
        smooth[40 - i, i : 41 - i] = 60
        smooth[i if i % 8 == 2 else 40 - i, 20] = 0  # a gate, above and below by turns
    start = np.zeros(smooth.shape, dtype=bool)
    start[0, 0] = True
    distance = distance_within(smooth, start)
    assert distance[20, 20] < 3  # one edge alone would cost 144


def test_shading_is_one_region_and_an_edge_is_not():
    slope = np.tile(np.linspace(20, 80, 200), (60, 1))
    start = np.zeros(slope.shape, dtype=bool)
    start[30, 100] = True
    assert distance_within(slope, start)[30, 80:120].max() < 1
    edge = np.where(np.arange(200) < 110, 40.0, 55.0)[None].repeat(60, axis=0)
    assert distance_within(edge, start)[:, 110:].min() > 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (48, 64)])
def test_smoothing_keeps_what_is_flat(shape):
    np.testing.assert_allclose(smooth_grain(np.full(shape, 50.0)), 50)


def test_smoothing_takes_grain_and_keeps_edges():
    rng = np.random.default_rng(0)
    step = np.where(np.arange(128) < 64, 30.0, 70.0)[None].repeat(96, axis=0)
    smooth = smooth_grain(step + rng.normal(0, 2, step.shape))
    assert smooth[10:-10, 10:50].std() < 0.7
    assert (smooth[:, 65] - smooth[:, 62]).min() > 30


@pytest.mark.parametrize("shape", [(48, 64), (192, 256), (480, 640)])
def test_regions_do_not_depend_on_the_number_of_pixels(shape):
    """A blurred edge of 20 L* in an even slope, seen at several sizes."""
    across = np.linspace(0, 1, shape[1])
    L = 40 + 10 * across + 20 / (1 + np.exp(-(across - 0.5) * 100))
    smooth = np.tile(L, (shape[0], 1))
    start = np.zeros(shape, dtype=bool)
    start[shape[0] // 2, shape[1] // 4] = True
    distance = distance_within(smooth, start)[shape[0] // 2]
    assert distance[: int(0.4 * shape[1])].max() < 0.5
    assert distance[int(0.6 * shape[1]) :].min() > 1.2
