"""What is remembered of a scene."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autochrome.video.flow import identity
from autochrome.video.memory import KeyFrame, average_color, remember

SIZE = (24, 32)


def key(number, color=(0, 0), lightness=None):
    L = ramp() if lightness is None else lightness
    ab = np.broadcast_to(np.float32(color), (*SIZE, 2)).copy()
    return KeyFrame.present(number, L, ab)


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


def test_average_with_itself_is_itself():
    rng = np.random.default_rng(0)
    ab = rng.normal(size=(*SIZE, 2)).astype(np.float32)
    present = KeyFrame.present(3, ramp(), ab)
    np.testing.assert_allclose(average_color(present, [present] * 4), ab, atol=1e-5)


def test_alone_it_stays_and_is_not_changed():
    present = key(0, (10, -20))
    np.testing.assert_array_equal(average_color(present, []), present.ab)
    average_color(present, [key(0, (50, 50))])
    np.testing.assert_array_equal(present.ab, key(0, (10, -20)).ab)


def test_all_that_agree_count_the_same():
    averaged = average_color(key(3, (30, 0)), [key(0, (0, 0)), key(1, (0, 12))])
    np.testing.assert_allclose(averaged, np.broadcast_to((10, 4), (*SIZE, 2)), atol=0.05)


def test_what_looks_otherwise_does_not_count():
    present = key(1, (30, 0))
    averaged = average_color(present, [key(0, (-60, 60), lightness=100 - ramp())])
    at_the_ends = averaged[:, [2, 3, -4, -3]]
    np.testing.assert_allclose(at_the_ends, present.ab[:, :4], atol=0.5)


def test_color_is_fetched_where_the_place_was():
    ab = identity(*SIZE).copy()
    moved = identity(*SIZE) + np.float32([3, 0])
    seen = KeyFrame(0, ramp(), ab, moved)
    here = KeyFrame.present(1, np.roll(ramp(), -3, axis=1), moved.copy())
    np.testing.assert_allclose(average_color(here, [seen])[:, :-6], moved[:, :-6], atol=0.05)


def test_a_step_is_followed_by_the_steps_before():
    one, two = np.float32([2, 1]), np.float32([3, -1])
    seen = key(0).seen_from(identity(*SIZE) + one).seen_from(identity(*SIZE) + two)
    inside = np.s_[6:-6, 6:-6]
    np.testing.assert_allclose(
        seen.places[inside], (identity(*SIZE) + one + two)[inside], atol=0.05
    )
