"""Cuts are found, and only cuts."""

import cv2
import numpy as np
import pytest

from autochrome.video.steady.cuts import LONGEST_BLANK, follow, is_blank

SIZE = (96, 144)
BLACK, WHITE = np.zeros(SIZE, np.float32), np.full(SIZE, 100, np.float32)


def picture(seed):
    """L* with detail of all sizes, larger than a frame."""
    rng = np.random.default_rng(seed)
    layers = [cv2.GaussianBlur(rng.normal(size=(200, 400)), (0, 0), s) * s for s in (2, 5, 14)]
    total = sum(layers)
    return (50 + 18 * total / total.std()).clip(0, 100).astype(np.float32)


def pan(seed, step, frames=5):
    image = picture(seed)
    return [image[50:146, 20 + t * step : 164 + t * step].copy() for t in range(frames)]


def cuts(frames):
    followed = list(follow(enumerate(frames)))
    assert [frame.item for frame in followed] == list(range(len(frames)))
    begins = [frame.maps is None for frame in followed]
    assert begins[0]
    return [index for index, new in enumerate(begins) if new][1:]


@pytest.mark.parametrize("step", [0, 3, 8])
def test_a_cut_is_found(step):
    assert cuts(pan(1, step) + pan(2, step)) == [5]


def test_a_cut_between_pictures_that_are_equally_light_is_found():
    one, other = pan(1, 2), pan(2, 2)
    shares = np.linspace(0, 1, 101)
    other = [
        np.interp(L, np.quantile(other, shares), np.quantile(one, shares)).astype(np.float32)
        for L in other
    ]
    assert cuts(one + other) == [5]


def test_a_cut_between_faint_pictures_is_found():
    faint = [[50 + 0.15 * (L - 50) for L in pan(seed, 2)] for seed in (1, 2)]
    assert cuts(faint[0] + faint[1]) == [5]
    assert not is_blank(faint[0][0])


@pytest.mark.parametrize("step", [1, 7, 14, 21])
def test_a_pan_of_up_to_15_percent_a_frame_is_no_cut(step):
    assert cuts(pan(3, step)) == []


def test_a_zoom_is_no_cut():
    image = picture(4)
    frames = []
    for t in range(6):
        matrix = cv2.getRotationMatrix2D((200, 100), 0, 1.05**t)
        frames.append(cv2.warpAffine(image, matrix, (400, 200))[52:148, 128:272].copy())
    assert cuts(frames) == []


@pytest.mark.parametrize("gain", [0.7, 1.3])
def test_flickering_light_is_no_cut(gain):
    frames = [0.7 * L for L in pan(5, 1, 6)]
    assert cuts([L * np.float32(gain if t % 2 else 1) for t, L in enumerate(frames)]) == []


def test_grain_is_no_cut():
    rng = np.random.default_rng(6)
    frames = [L + rng.normal(scale=6, size=SIZE).astype(np.float32) for L in pan(6, 2)]
    assert cuts(frames) == []


def test_a_dissolve_is_no_cut():
    one, other = picture(7)[:96, :144], picture(8)[:96, :144]
    assert cuts([one + np.float32(s) * (other - one) for s in np.linspace(0, 1, 16)]) == []


@pytest.mark.parametrize("blank", [BLACK, WHITE])
def test_blank_frames_in_a_scene_are_no_cuts(blank):
    frames = pan(9, 1, 8)
    frames[3] = frames[4] = blank
    assert cuts(frames) == []


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_scene(length):
    """What burns out what is light, a splice, frames of something else."""
    frames = pan(1, 2, frames=9)
    burnt = [np.clip(L * 2 + 30, 0, 100) for L in frames]
    for others in (burnt, pan(2, 2, frames=9)):
        flashed = [*frames[:4], *others[4 : 4 + length], *frames[4 + length :]]
        assert cuts(flashed) == []
        shown = [frame.shows for frame in follow(enumerate(flashed))]
        assert all(shown[:4]) and all(shown[4 + length :])  # noqa: PT018


def test_what_is_longer_or_does_not_end_is_no_flash():
    frames, other, third = (pan(seed, 2) for seed in (1, 2, 3))
    for length in (1, 2, 3):
        assert cuts([*frames, *other[:length]]) == [5]
        assert cuts([*frames, *other[:length], *third]) == [5, 5 + length]
    assert cuts([*frames[:2], *other[:3], *frames[3:]]) == [2, 5]


def test_a_cut_behind_black_is_found():
    assert cuts([*pan(1, 1), BLACK, BLACK, *pan(2, 1)]) == [7]


def test_after_long_black_and_after_leader_a_scene_begins():
    assert cuts([*pan(1, 1), *[BLACK] * (LONGEST_BLANK + 1), *pan(1, 1)]) == [6 + LONGEST_BLANK]
    assert cuts([*[BLACK] * 3, *pan(1, 1)]) == [3]


def test_maps_lead_back_and_forth():
    one, other = pan(3, 6, 2)
    _, frame = follow(enumerate([one, other]))
    back, forth = frame.maps
    middle = np.s_[30:60, 40:100]
    columns = np.arange(144)[None, 40:100]
    assert np.median(back[middle][..., 0] - columns) == pytest.approx(6, abs=0.3)
    assert np.median(forth[middle][..., 0] - columns) == pytest.approx(-6, abs=0.3)


def test_only_what_shows_nothing_is_blank():
    assert is_blank(BLACK)
    assert is_blank(BLACK + np.random.default_rng(0).normal(size=SIZE).astype(np.float32))
    assert not is_blank(picture(0)[:96, :144] * 0.2)
