import numpy as np

from autochrome.pipeline.animation import steady

L = np.full((8, 8), 50, np.float32)


def _colors(lightness, seed=0):
    noise = np.random.default_rng(seed).normal(scale=10, size=(len(lightness), 8, 8, 2))
    return list(zip(lightness, noise.astype(np.float32), strict=True))


def test_what_stands_still_does_not_flicker():
    frames = _colors([L] * 40)
    flicker = np.diff([ab for _, ab in frames], axis=0).std()
    steadied = np.array(list(steady(frames)))
    assert np.diff(steadied, axis=0).std() < 0.15 * flicker


def test_what_moves_gets_its_own_color_at_once():
    before, after = _colors([L, L + 30])
    np.testing.assert_allclose(list(steady([before, after]))[1], after[1], atol=1e-6)


def test_the_first_frame_is_as_predicted():
    (frame,) = _colors([L])
    np.testing.assert_array_equal(next(steady([frame])), frame[1])
