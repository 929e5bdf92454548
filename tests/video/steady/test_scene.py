"""Frames go in, the same frames come out, in order, each with its color."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autochrome.models import Decode
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.decode import decode
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.upsampling import apply_linear
from autochrome.video.steady.colors import steady_colors
from autochrome.video.steady.scene import INTERVAL, SceneState

SIZE = (48, 64)
OPTIONS = ColorizeOptions()
BLACK = np.zeros(SIZE, np.float32)


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu", num_threads=1)


def pan(frames, seed=0, step=1):
    """L* that moves to the left by `step` pixels a frame."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(10, 90, size=(8, 24)).astype(np.float32)
    image = np.kron(coarse, np.ones((8, 8), np.float32))
    return [image[8:56, t * step : t * step + 64].copy() for t in range(frames)]


def colors(colorizer, frames, **given):
    return list(steady_colors(colorizer, enumerate(frames), SIZE, OPTIONS, **given))


@settings(max_examples=10)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=3))
def test_every_frame_comes_out_once_in_order(colorizer, lengths):
    frames = [L for seed, length in enumerate(lengths) for L in pan(length, seed)]
    found = colors(colorizer, frames)
    assert [item for item, _ in found] == list(range(len(frames)))
    scenes = [index for index, length in enumerate(lengths) for _ in range(length)]
    assert [color.scene for _, color in found] == scenes
    assert all(color.coefficients.shape == (*SIZE, 4) for _, color in found)
    assert all(np.isfinite(color.coefficients).all() for _, color in found)


@pytest.mark.parametrize("length", [1, 5, 12])
def test_black_before_the_film_has_no_number(colorizer, length):
    """Whoever counts scenes begins with the first that shows something."""
    found = colors(colorizer, [BLACK] * length + pan(6) + pan(7, seed=1))
    assert [color.scene for _, color in found] == [0] * (length + 6) + [1] * 7
    starts = [item for item, color in found if color.state and color.state.number == 0]
    assert starts == [0, length, length + 6]


def test_no_frames_give_none(colorizer):
    assert colors(colorizer, []) == []


def test_key_frames_come_every_few_and_at_the_end(colorizer):
    found = colors(colorizer, pan(2 * INTERVAL + 3))
    keys = [item for item, color in found if color.state]
    assert keys == [0, INTERVAL, 2 * INTERVAL, 2 * INTERVAL + 2]


def test_a_scene_of_one_frame_is_colored_as_a_photograph(colorizer):
    (L,) = pan(1)
    ((_, color),) = colors(colorizer, [L])
    ab = colorizer.decode(colorizer.predict_lightness(L, SIZE), OPTIONS)
    np.testing.assert_allclose(apply_linear(color.coefficients, L), ab, atol=1e-3)


def test_what_stands_still_keeps_the_color_of_a_photograph(colorizer):
    (L,) = pan(1)
    ab = colorizer.decode(colorizer.predict_lightness(L, SIZE), OPTIONS)
    for _, color in colors(colorizer, [L] * 11):
        np.testing.assert_allclose(apply_linear(color.coefficients, L), ab, atol=0.05)


def test_nothing_passes_from_a_scene_to_the_next(colorizer):
    alone = colors(colorizer, pan(9, seed=2))
    after = colors(colorizer, pan(7, seed=1) + pan(9, seed=2))[7:]
    for (_, one), (_, other) in zip(alone, after, strict=True):
        np.testing.assert_array_equal(one.coefficients, other.coefficients)


@pytest.mark.parametrize("flash", [False, True])
def test_every_state_goes_on_to_the_same_colors(colorizer, flash):
    frames = pan(22) + pan(9, seed=1)
    if flash:
        frames[8:10] = [BLACK, BLACK]  # where a key frame would be
        frames[20:22] = [BLACK, BLACK]  # and at the end of a scene
    whole = colors(colorizer, frames)
    states = {item: color.state for item, color in whole if color.state}
    assert len(states) > 6
    for first, state in states.items():
        resumed = colors(colorizer, frames[first:], state=state)
        for (_, one), (_, other) in zip(whole[first:], resumed, strict=True):
            np.testing.assert_array_equal(one.coefficients, other.coefficients)
            assert one.scene == other.scene


def test_long_black_is_passed_on_before_it_ends(colorizer):
    seen = []

    def frames():
        for item, L in enumerate([*pan(6), *[BLACK] * 60]):
            seen.append(item)
            yield item, L

    waits = [seen[-1] - item for item, _ in steady_colors(colorizer, frames(), SIZE, OPTIONS)]
    assert max(waits) < 45


def test_a_flash_does_not_change_the_color_behind_it(colorizer):
    (L,) = pan(1)
    frames = [L] * 14
    frames[6] = np.full(SIZE, 100, np.float32)
    ab = colorizer.decode(colorizer.predict_lightness(L, SIZE), OPTIONS)
    for item, color in colors(colorizer, frames):
        assert color.scene == 0
        if item != 6:
            np.testing.assert_allclose(apply_linear(color.coefficients, L), ab, atol=0.05)


def test_a_model_that_decodes_itself_works():
    direct = Decode(kind="direct", temperature=1, vividness=0, prior=())

    def predict(lightness, size, **_):
        cells = lightness.reshape(12, 4, 16, 4).mean(axis=(1, 3))
        answer = np.stack([cells - 50, 20 - cells / 2], axis=-1).astype(np.float32)
        return Prediction("", *size, lightness, answer, 4)

    stub = SimpleNamespace(
        manifest=SimpleNamespace(decode=direct, input=SimpleNamespace(exposure=0.0)),
        predict_lightness=predict,
        decode=lambda prediction, options: decode(prediction, options, direct),
    )
    (L, *_) = frames = pan(10, step=0)
    for _, color in colors(stub, frames):
        np.testing.assert_allclose(
            apply_linear(color.coefficients, L), stub.decode(predict(L, SIZE), OPTIONS), atol=0.05
        )


def test_a_retouch_is_seen_between_key_frames_and_not_remembered(colorizer):
    asked = []

    def red(scene, prediction, ab, first):
        asked.append((scene, first.number))
        return np.full_like(ab, 40)

    found = colors(colorizer, pan(11), retouch=red)
    assert asked == [(0, 0)] * sum(color.state is not None for _, color in found)
    for item, color in found:
        ab = apply_linear(color.coefficients, pan(11)[item])
        np.testing.assert_allclose(ab, 40, atol=0.01)
    plain = {item: color.state for item, color in colors(colorizer, pan(11))}
    for item, color in found:
        for one, other in zip(
            (color.state or SceneState()).memory, (plain[item] or SceneState()).memory, strict=True
        ):
            np.testing.assert_array_equal(one.channels, other.channels)
