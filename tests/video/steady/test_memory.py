"""What is remembered of a scene."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.color import lightness_to_luminance, luminance_to_lightness
from autochrome.video.steady.flow import identity
from autochrome.video.steady.memory import KeyFrame, average_answers, remember

CELL = 4
CELLS = (6, 8)
SIZE = (CELL * CELLS[0], CELL * CELLS[1])


def key(number, color=(0, 0), lightness=None):
    L = ramp() if lightness is None else lightness
    return KeyFrame.present(number, L, np.broadcast_to(np.float32(color), (*CELLS, 2)))


def ramp():
    return np.repeat(np.linspace(10, 90, SIZE[1], dtype=np.float32)[None], SIZE[0], axis=0)


def remembered(count):
    memory = ()
    for number in range(count):
        memory = remember(memory, key(number))
    return [old.number for old in memory]


def test_the_older_the_sparser():
    assert remembered(1) == [0]
    assert remembered(4) == [0, 2, 3]
    assert remembered(9) == [0, 4, 6, 7, 8]
    assert remembered(14) == [0, 8, 10, 12, 13]


@given(st.integers(1, 400))
def test_few_are_remembered_the_first_and_the_last_among_them(count):
    numbers = remembered(count)
    assert numbers[0] == 0
    assert numbers[-1] == count - 1
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= 10
    assert all(count - 1 - number < 64 for number in numbers[1:])


@pytest.mark.parametrize("channels", [2, 4, 7])
def test_answers_are_kept_whatever_the_number_of_channels(channels):
    answer = np.random.default_rng(0).normal(size=(*CELLS, channels)).astype(np.float32)
    present = KeyFrame.present(3, ramp(), answer)
    np.testing.assert_array_equal(present.answer(channels), answer)
    averaged = average_answers(present, [present] * 4, CELL, 0)[0].answer(channels)
    np.testing.assert_allclose(averaged, answer, atol=1e-5)


def test_alone_it_stays_and_is_not_changed():
    present = key(0, (10, -20))
    np.testing.assert_array_equal(
        average_answers(present, [], CELL, 0)[0].channels, present.channels
    )
    average_answers(present, [key(0, (50, 50))], CELL, 0)
    np.testing.assert_array_equal(present.channels, key(0, (10, -20)).channels)


def test_all_that_agree_count_the_same():
    averaged, _ = average_answers(key(3, (30, 0)), [key(0, (0, 0)), key(1, (0, 12))], CELL, 0)
    np.testing.assert_allclose(averaged.answer(2), np.broadcast_to((10, 4), (*CELLS, 2)), atol=0.05)


def test_what_looks_otherwise_does_not_count():
    present = key(1, (30, 0))
    averaged, _ = average_answers(present, [key(0, (-60, 60), lightness=100 - ramp())], CELL, 0)
    at_the_ends = averaged.answer(2)[:, [0, -1]]
    np.testing.assert_allclose(at_the_ends, present.answer(2)[:, :2], atol=0.5)


def test_in_black_nothing_is_seen():
    black = key(1, (0, 0), lightness=np.zeros(SIZE, np.float32))
    averaged, shading = average_answers(key(0, (30, 0)), [black] * 4, CELL, 0)
    np.testing.assert_allclose(averaged.answer(2)[..., 0], 30, atol=0.05)
    assert shading == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("light", [0.1, 0.25])
def test_a_fade_keeps_the_color_of_the_light_and_fades_it_too(light):
    """Linear light is the cube of L* + 16, and the same chromaticity has as much less of a and b.

    Source: CIE 15:2004, 8.2.1.
    """
    less = light ** (1 / 3)
    dim = (less * (ramp() + 16) - 16).clip(0)
    averaged, shading = average_answers(
        key(1, (0, 30), lightness=dim), [key(0, (30, 0))] * 3, CELL, 0
    )
    a, b = np.moveaxis(averaged.answer(2)[:, 1:-1], -1, 0)
    assert (a > 3 * b).all()
    assert shading == pytest.approx(less, abs=0.1)


def test_frames_that_the_network_saw_in_the_same_light_need_no_shading():
    exposure = float(lightness_to_luminance(np.percentile(ramp(), 99.5)))
    dim = luminance_to_lightness(lightness_to_luminance(ramp()) / 4)
    keys = key(1, (0, 30), lightness=dim), [key(0, (30, 0))] * 3, CELL
    assert average_answers(*keys, exposure)[1] == pytest.approx(1, abs=0.02)
    assert average_answers(*keys, 0)[1] < 0.8


@pytest.mark.parametrize("size", [(24, 32), (21, 30), (17, 29)])
def test_answers_are_fetched_where_the_place_was(size):
    """A frame that does not fill its cells included: those that it has stay where they are."""
    cells = (24 // CELL, 32 // CELL)
    across = np.repeat(np.linspace(10, 90, size[1], dtype=np.float32)[None], size[0], axis=0)
    answer = identity(*cells).copy()
    shift = np.float32([CELL, -CELL / 2])
    seen = KeyFrame.present(0, np.roll(across, CELL, axis=1), answer)
    seen = seen.seen_from(identity(*size) + shift)
    here = KeyFrame.present(1, across, answer + shift / CELL)
    averaged = average_answers(here, [seen], CELL, 0)[0].answer(2)
    np.testing.assert_allclose(averaged[2:4, 1:5], here.answer(2)[2:4, 1:5], atol=0.05)


def test_a_step_is_followed_by_the_steps_before():
    one, two = np.float32([2, 1]), np.float32([3, -1])
    seen = key(0).seen_from(identity(*SIZE) + one).seen_from(identity(*SIZE) + two)
    inside = np.s_[6:-6, 6:-6]
    np.testing.assert_allclose(
        seen.places[inside], (identity(*SIZE) + one + two)[inside], atol=0.05
    )
