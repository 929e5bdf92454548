"""Hints of a scene, on a photograph with a dark square on it, which moves past."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions, Colorizer, Hint, parse_hint
from autochrome.pipeline.upsampling import apply_linear
from autochrome.video import SceneHint, VideoOptions, parse_scene_hint, read_scene_hints
from autochrome.video.retouch.hints import HintPainter, unused_hints
from autochrome.video.steady.colors import steady_colors
from autochrome.video.steady.flow import identity
from autochrome.video.steady.memory import KeyFrame

HEIGHT, WIDTH, STEP = 64, 96, 2
TOP, LEFT, SIDE = 20, 50, 24  # of the square, in the first frame
GREEN = Hint(100 * (LEFT + 6) / WIDTH, 100 * (TOP + 12) / HEIGHT, "#20c020", percent=True)
FADE = np.linspace(0.2, 1, 9, dtype=np.float32)
INSIDE = 4  # pixels from the edge of the square to where color has settled


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu")


def photograph(seed: int) -> np.ndarray:
    """L* of a wide landscape with something to hold on to everywhere."""
    noise = np.random.default_rng(seed).normal(size=(HEIGHT, 3 * WIDTH))
    hills = cv2.GaussianBlur(noise, (0, 0), 4) * 8 * 6
    return np.clip(70 + hills + noise, 0, 100).astype(np.float32)


def pan(frames: int, seed: int = 1) -> list[np.ndarray]:
    """Look along the landscape; the square moves to the left and at last out of the picture."""
    wide = photograph(seed)
    wide[TOP : TOP + SIDE, LEFT : LEFT + SIDE] = wide[TOP : TOP + SIDE, LEFT : LEFT + SIDE] / 5 + 10
    return [wide[:, STEP * t : STEP * t + WIDTH].copy() for t in range(frames)]


def colors(colorizer, frames, hints=()) -> np.ndarray:
    """(N, h, w, 2) ab of every frame."""
    retouch = HintPainter(hints) if hints else None
    size = frames[0].shape
    steady = steady_colors(colorizer, enumerate(frames), size, ColorizeOptions(), retouch=retouch)
    return np.stack([apply_linear(color.coefficients, frames[i]) for i, color in steady])


def square(frame: int, margin: int = INSIDE) -> tuple[slice, slice]:
    left = LEFT - STEP * frame
    rows = slice(TOP + margin, TOP + SIDE - margin)
    return rows, slice(max(0, left + margin), max(0, left + SIDE - margin))


@pytest.fixture(scope="module")
def hinted(colorizer):
    frames = pan(33)
    return colors(colorizer, frames), colors(colorizer, frames, [SceneHint(1, GREEN)])


def test_a_hint_stays_on_what_it_was_given_to(hinted):
    for number in range(28):
        inside = hinted[1][number][square(number)].mean(axis=(0, 1))
        assert np.hypot(*(inside - GREEN.ab)) < 8, number


def test_it_stays_on_what_is_left_when_its_own_place_is_out_of_the_picture(hinted):
    number = 31  # the place has left after frame 28, and 12 columns of the square are seen
    assert STEP * number > LEFT + 6
    inside = hinted[1][number][square(number)].mean(axis=(0, 1))
    assert np.hypot(*(inside - GREEN.ab)) < 12


def test_it_reaches_into_what_comes_into_the_picture(colorizer):
    first, present = (np.full((HEIGHT, WIDTH), 70, dtype=np.float32) for _ in range(2))
    first[:, :20] = 30
    present[:, 16:36] = 30  # the same, 16 pixels to the right
    present[: HEIGHT // 2, :16] = 30  # and something new, dark above and light below
    hint = SceneHint(1, Hint(10, 30, GREEN.color))
    prediction = colorizer.predict_lightness(present, present.shape)
    plain = colorizer.decode(prediction)
    places = identity(*present.shape) - np.float32([16, 0])
    seen = KeyFrame(0, first, prediction.answer, places)
    changed = np.linalg.norm(HintPainter([hint])(0, prediction, plain, seen) - plain, axis=-1)
    assert changed[8:24, 2:12].min() > 20
    assert changed[40:, 2:12].max() < 1


def test_everything_else_keeps_its_color(hinted):
    for number, (plain, colored) in enumerate(zip(*hinted, strict=True)):
        difference = np.linalg.norm(colored - plain, axis=-1)
        difference[square(number, -8)] = 0
        assert difference.mean() < 0.5, number


def test_it_does_not_flicker(hinted):
    for number in range(1, 28):
        now, before = (hinted[1][n][square(n)] for n in (number, number - 1))
        assert np.linalg.norm(now - before, axis=-1).mean() < 3, number


def test_it_ends_with_the_scene(colorizer):
    frames = pan(6) + [100 - frame for frame in pan(6, seed=2)]
    plain, colored = colors(colorizer, frames), colors(colorizer, frames, [SceneHint(1, GREEN)])
    assert np.abs(colored[:6] - plain[:6]).max() > 20
    np.testing.assert_array_equal(colored[6:], plain[6:])


def test_it_finds_its_edges_in_the_dark_that_a_scene_begins_with(colorizer):
    frames = [frame * share for frame, share in zip(pan(9), FADE, strict=True)]
    plain, colored = colors(colorizer, frames), colors(colorizer, frames, [SceneHint(1, GREEN)])
    changed = np.linalg.norm(colored - plain, axis=-1)
    for number in (0, 5, 8):
        assert changed[number][square(number)].mean() > 20, number
        changed[number][square(number, -8)] = 0
        assert changed[number].mean() < 3, number


def test_in_black_it_colors_nothing(colorizer):
    frames = [np.zeros((HEIGHT, WIDTH), np.float32)] * 3
    plain, colored = colors(colorizer, frames), colors(colorizer, frames, [SceneHint(1, GREEN)])
    np.testing.assert_array_equal(plain, colored)


def test_a_hint_of_the_second_scene_changes_the_second_scene_only(colorizer):
    frames = pan(6) + [100 - frame for frame in pan(6, seed=2)]
    plain, colored = colors(colorizer, frames), colors(colorizer, frames, [SceneHint(2, GREEN)])
    np.testing.assert_array_equal(colored[:6], plain[:6])
    for number in range(6):
        inside = colored[6 + number][square(number)].mean(axis=(0, 1))
        assert np.hypot(*(inside - GREEN.ab)) < 8, number


def test_how_it_is_written(tmp_path):
    sky = parse_hint("50%,30%=#6090c0")
    assert parse_scene_hint("2:50%,30%=#6090c0") == SceneHint(2, sky)
    assert parse_scene_hint(" 12 : 50%,30%=#6090c0 ") == SceneHint(12, sky)
    assert parse_scene_hint("50%,30%=#6090c0") == SceneHint(1, sky)
    file = tmp_path / "hints.txt"
    file.write_text("# the sky\n2:50%,30%=#6090c0\n\n50%,30%=#6090c0\n")
    assert read_scene_hints(file) == (SceneHint(2, sky), SceneHint(1, sky))


@pytest.mark.parametrize(
    "text", ["0:1,1=#808080", "2:", "2:1,1", "a:1,1=#808080", "-1:1,1=#808080"]
)
def test_what_cannot_be_a_hint_is_refused(text, tmp_path):
    with pytest.raises(UsageError):
        parse_scene_hint(text)
    (tmp_path / "hints.txt").write_text(f"1:1,1=#808080\n{text}\n")
    with pytest.raises(UsageError, match="line 2"):
        read_scene_hints(tmp_path / "hints.txt")


def test_a_hint_without_a_scene_is_refused_where_it_would_stand_still():
    with pytest.raises(UsageError, match="belongs to a scene"):
        VideoOptions(color=ColorizeOptions(hints=(GREEN,)))


def test_hints_for_scenes_that_are_not_there_are_told():
    (told,) = unused_hints([SceneHint(2, GREEN), SceneHint(5, GREEN), SceneHint(5, GREEN)], 4)
    assert "no scene 5" in told
