"""Boldness: what becomes of the answer to a photograph that is seen small."""

from dataclasses import replace

import numpy as np
import pytest

from autochrome import ColorizeOptions
from autochrome.color import ab_gamut, class_rebalancing_weights
from autochrome.pipeline.boldness import calm, halvings_of

PRIOR = np.random.default_rng(1).dirichlet(np.ones(ab_gamut().num_bins))


def with_output(colorizer, boldness):
    manifest = colorizer.manifest
    manifest = replace(
        manifest,
        output=replace(manifest.output, boldness=boldness),
        decode=replace(manifest.decode, prior=tuple(PRIOR)),
    )
    return replace(colorizer, manifest=manifest)


@pytest.fixture
def plain(colorizer):
    """The tiny model, whose side is 64, with rare and common colors."""
    return with_output(colorizer, 0)


@pytest.fixture
def calmed(colorizer):
    """The same, as if it were bolder the smaller it sees things."""
    return with_output(colorizer, 0.2)


def lightness(height, width):
    return np.random.default_rng(0).uniform(20, 80, (height, width)).astype(np.float32)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(128, 1), (64, 2), (181.02, 0.5), (256, 0), (257, 0), (4000, 0), (63, 2), (1, 2)],
)
def test_halvings(seen, expected):
    assert halvings_of(256, seen) == pytest.approx(expected, abs=1e-3)


def test_nothing_to_take_out():
    answer = np.ones((2, 3, 4), np.float32)
    assert calm(answer, 0, np.array([1.0, 2, 3, 4])) is answer


@pytest.mark.parametrize("size", [(32, 48), (48, 32)])
@pytest.mark.parametrize("flip_averaging", [False, True])
@pytest.mark.parametrize("temperature", [0.38, 1])
def test_seen_small_it_is_as_much_less_vivid(plain, calmed, size, flip_averaging, temperature):
    def colors(model, vividness):
        options = ColorizeOptions(vividness=vividness, temperature=temperature)
        prediction = model.predict_lightness(lightness(*size), size, flip_averaging=flip_averaging)
        return model.decode(prediction, options)

    # One halving takes 0.2 out of the logits, which the temperature divides.
    expected = colors(plain, 0.5 - 0.2 / temperature)
    np.testing.assert_allclose(colors(calmed, 0.5), expected, atol=1e-2)
    assert np.abs(colors(plain, 0.5) - expected).max() > 1


@pytest.mark.parametrize("flip_averaging", [False, True])
@pytest.mark.parametrize(
    ("size", "working", "halvings"),
    [
        ((64, 80), (64, 80), 0),
        ((640, 800), (64, 80), 0),
        ((640, 800), (32, 40), 1),  # a smaller working side was asked for
        ((16, 20), (64, 80), 2),  # a thumbnail, enlarged: it shows no more than it has
        ((4, 5), (64, 80), 2),
        ((45, 50), (45, 50), np.log2(64 / 45)),  # padded for the network
        ((640, 6400), (26, 256), 0),  # a strip, shrunk to a working side of 64
        ((6400, 640), (128, 13), 1),
        ((8, 128), (8, 128), 1),
    ],
)
def test_what_counts_is_what_the_network_can_see(
    plain, calmed, size, working, halvings, flip_averaging
):
    answers = [
        model.predict_lightness(lightness(*working), size, flip_averaging=flip_averaging).answer
        for model in (plain, calmed)
    ]
    expected = halvings * 0.2 * np.log(class_rebalancing_weights(PRIOR))
    np.testing.assert_allclose(
        answers[0] - answers[1], np.broadcast_to(expected, answers[0].shape), atol=1e-4
    )


def test_small_photographs_are_colored_by_it(plain, calmed, gray):
    small = gray[:32, :40]
    expected = plain.colorize(small, ColorizeOptions(vividness=0.5 - 0.2 / 0.38))
    difference = calmed.colorize(small, ColorizeOptions(vividness=0.5)).astype(int) - expected
    assert np.abs(difference).max() <= 1
    assert (
        np.abs(plain.colorize(small, ColorizeOptions(vividness=0.5)).astype(int) - expected).max()
        > 4
    )
