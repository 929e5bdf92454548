"""Frames that are arrays: like photographs, and steady."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autochrome.color import rgb_to_lab
from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions
from autochrome.video import colorize_frames


def as_type(gray, dtype):
    return gray if dtype == np.uint8 else gray.astype(np.uint16) * 257


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("bands", [1, 3])
def test_a_single_frame_is_colored_like_a_photograph(colorizer, picture, dtype, bands):
    frame = as_type(picture(0), dtype)
    if bands == 3:
        frame = np.stack([frame, frame // 2, frame], axis=-1)
    (colored,) = colorize_frames([frame], colorizer=colorizer)
    # Averaging over one answer may round the last digit of 16 bits.
    np.testing.assert_allclose(
        colored, colorizer.colorize(frame), rtol=0, atol=0 if dtype == np.uint8 else 1
    )
    assert colored.dtype == dtype
    assert (colored[..., 0] != colored[..., 2]).any()


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.uint8, 0.5), (np.uint16, 0.05)])
def test_lightness_of_every_frame_is_kept(colorizer, picture, dtype, tolerance):
    frames = [as_type(picture(index), dtype) for index in range(15)]
    colored = list(colorize_frames(frames, colorizer=colorizer))
    assert len(colored) == len(frames)
    largest = np.iinfo(dtype).max
    for before, after in zip(frames, colored, strict=True):
        L = rgb_to_lab(np.repeat(before[..., None], 3, axis=-1) / largest)[..., 0]
        np.testing.assert_allclose(rgb_to_lab(after / largest)[..., 0], L, atol=tolerance)


def test_frames_are_taken_lazily(colorizer, picture):
    taken = []

    def endless():
        index = 0
        while True:
            taken.append(index)
            yield picture(index)
            index += 1

    colored = colorize_frames(endless(), colorizer=colorizer)
    assert not taken
    for _ in range(30):
        next(colored)
    assert 30 <= len(taken) <= 30 + 13


def test_a_place_keeps_its_color_where_single_photographs_flicker(colorizer):
    """A lamp that flickers about the lightness at which the tiny model changes its mind."""
    flicker = [np.full((48, 64), 119 + (2 if index % 2 else -2), np.uint8) for index in range(24)]
    options = ColorizeOptions(temperature=0.05)

    def swing(frames):
        warmth = [float(np.mean(frame[..., 0].astype(int) - frame[..., 2])) for frame in frames]
        return np.abs(np.diff(warmth)).mean()

    steady = list(colorize_frames(flicker, options, colorizer=colorizer))
    single = [colorizer.colorize(frame, options) for frame in flicker]
    assert swing(steady) < swing(single) / 3


def test_no_frames_give_none(colorizer):
    assert list(colorize_frames([], colorizer=colorizer)) == []


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([np.zeros((48, 64), np.uint8), np.zeros((48, 60), np.uint8)], "frame 1 is 60 x 48"),
        ([np.zeros((48, 64), np.uint8), np.zeros((48, 64), np.uint16)], "Frame 1 is uint16"),
        ([np.zeros((48, 64), np.float32)], "frame 0 is float32"),
        ([np.zeros((48, 64, 2), np.uint8)], r"frame 0 is \(48, 64, 2\)"),
        ([np.zeros(64, np.uint8)], r"frame 0 is \(64,\)"),
        ([np.zeros((1, 2, 2, 3), np.uint8)], "frame 0 is"),
        ([np.zeros((0, 4), np.uint8)], "frame 0 is"),
    ],
)
def test_frames_that_do_not_go_together_are_refused(colorizer, frames, reason):
    with pytest.raises(UsageError, match=reason):
        list(colorize_frames(frames, colorizer=colorizer))


@pytest.mark.parametrize("flip_averaging", [False, True])
def test_the_network_looks_at_the_mirror_image_if_asked_to(colorizer, picture, flip_averaging):
    seen = []

    class Watched:
        def run(self, lightness):
            seen.append(lightness)
            return colorizer.session.run(lightness)

    options = ColorizeOptions(flip_averaging=flip_averaging)
    watched = replace(colorizer, session=Watched())
    list(colorize_frames([picture(0)], options, colorizer=watched))
    assert len(seen) == 1 + flip_averaging
    np.testing.assert_array_equal(seen[-1], seen[0][:, ::-1] if flip_averaging else seen[0])
