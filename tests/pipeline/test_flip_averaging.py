"""The network's answer averaged with the one it gives to the mirror image."""

from dataclasses import replace

import numpy as np
import pytest

from autochrome import ColorizeOptions

FLIP = ColorizeOptions(flip_averaging=True)


class LeftIsWarm:
    """A network that answers otherwise on the left than on the right, and counts its answers."""

    def __init__(self, session):
        self._session = session
        light = np.full((8, 8), 100, np.float32)
        self._warm = session.run(light)[0, 0].argmax()
        self.runs = 0

    def run(self, lightness):
        self.runs += 1
        answer = self._session.run(lightness).copy()
        answer[..., self._warm] += np.linspace(6, -6, answer.shape[1])
        return answer


@pytest.fixture
def one_sided(colorizer):
    return replace(colorizer, session=LeftIsWarm(colorizer.session))


def noisy_ramp(height, width):
    """A ramp with a band and grain: no symmetry. Its sides are those the network sees."""
    ramp = np.tile(np.linspace(20, 80, width), (height, 1))
    ramp[: height // 4] = 90 - ramp[: height // 4]
    grain = np.random.default_rng(0).normal(0, 3, (height, width))
    return (ramp + grain).astype(np.float32)


def test_mirrored_photographs_get_mirrored_colors(one_sided):
    """Those without padding, which changes sides, do exactly."""
    lightness = noisy_ramp(64, 96)
    straight = one_sided.predict(lightness, FLIP)
    mirrored = one_sided.predict(lightness[:, ::-1], FLIP)[:, ::-1]
    np.testing.assert_allclose(mirrored, straight, atol=1e-3)


def test_without_it_they_do_not(one_sided):
    lightness = noisy_ramp(64, 96)
    straight = one_sided.predict(lightness)
    mirrored = one_sided.predict(lightness[:, ::-1])[:, ::-1]
    assert np.abs(mirrored - straight).max() > 10


@pytest.mark.parametrize("size", [(64, 96), (64, 90)], ids=["whole cells", "padded"])
def test_what_is_decoded_is_the_mean_of_both_answers(one_sided, size):
    lightness = noisy_ramp(*size)
    averaged = one_sided.predict_lightness(lightness, size, flip_averaging=True)
    assert one_sided.session.runs == 2
    padded = averaged.padded_lightness
    there = one_sided.session.run(padded)
    back = one_sided.session.run(np.fliplr(padded))
    np.testing.assert_allclose(averaged.answer, (there + back[:, ::-1]) / 2, atol=1e-5)
    assert averaged.answer.dtype == np.float32


def test_the_network_runs_once_unless_it_is_asked_for(one_sided, gray):
    one_sided.predict(np.full((64, 96), 50, np.float32))
    one_sided.colorize(gray)
    assert one_sided.session.runs == 2
    one_sided.colorize(gray, FLIP)
    assert one_sided.session.runs == 4


def test_photographs_are_colored_by_it(one_sided, gray):
    straight = one_sided.colorize(gray, FLIP).astype(int)
    mirrored = one_sided.colorize(np.ascontiguousarray(gray[:, ::-1]), FLIP)[:, ::-1]
    assert np.abs(straight - mirrored).max() <= 2
    assert np.abs(straight - one_sided.colorize(gray)).max() > 10
