"""Boldness: what becomes of the answer to a photograph that is seen small."""

from dataclasses import replace

import numpy as np
import pytest

from autochrome import ColorizeOptions
from autochrome.color import ab_gamut, class_rebalancing_weights
from autochrome.pipeline.boldness import calm, halvings_of

PRIOR = np.random.default_rng(1).dirichlet(np.ones(ab_gamut().num_bins))


def with_powers(colorizer, *, rebalancing=0.0, boldness=0.0):
    manifest = colorizer.manifest
    manifest = replace(
        manifest,
        output=replace(manifest.output, boldness=boldness),
        decode=replace(manifest.decode, prior=tuple(PRIOR), rebalancing=rebalancing),
    )
    return replace(colorizer, manifest=manifest)


@pytest.fixture
def plain(colorizer):
    """The tiny model, whose side is 64, with rare and common colors."""
    return with_powers(colorizer)


@pytest.fixture
def calmed(colorizer):
    """The same, as if it were bolder the smaller it sees things."""
    return with_powers(colorizer, boldness=0.2)


def lightness(height, width):
    return np.random.default_rng(0).uniform(20, 80, (height, width)).astype(np.float32)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(128, 1), (64, 2), (181.02, 0.5), (256, 0), (257, 0), (4000, 0), (63, 2), (1, 2)],
)
def test_halvings(seen, expected):
    assert halvings_of(256, seen) == pytest.approx(expected, abs=1e-3)


def test_nothing_to_take_out():
    answer = np.ones((2, 3, 2), np.float32)  # nor need it be a distribution
    assert calm(answer, 0, ()) is answer


def test_rebalancing_is_undone():
    """The answer of a network that knows nothing of the picture, trained with the weights."""
    answer = np.log(PRIOR * class_rebalancing_weights(PRIOR)).astype(np.float32)
    found = np.exp(calm(answer, 1, tuple(PRIOR)).astype(float))
    np.testing.assert_allclose(found / found.sum(), PRIOR, rtol=1e-4)


@pytest.mark.parametrize("size", [(32, 48), (48, 32)])
@pytest.mark.parametrize("flip_averaging", [False, True])
@pytest.mark.parametrize("temperature", [0.38, 1])
def test_seen_small_as_much_more_is_taken_out(colorizer, size, flip_averaging, temperature):
    def colors(**powers):
        model = with_powers(colorizer, **powers)
        prediction = model.predict_lightness(lightness(*size), size, flip_averaging=flip_averaging)
        return model.decode(prediction, ColorizeOptions(temperature=temperature))

    expected = colors(rebalancing=0.5)
    np.testing.assert_allclose(colors(rebalancing=0.3, boldness=0.2), expected, atol=1e-2)
    assert np.abs(colors(rebalancing=0.3) - expected).max() > 1


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


@pytest.mark.parametrize(("size", "power"), [((64, 80), 0.4), ((32, 40), 0.6)])
def test_photographs_are_colored_by_it(colorizer, plain, gray, size, power):
    """As by a network that had answered without so much of the weights from the start."""
    excess = power * np.log(class_rebalancing_weights(PRIOR))

    class Calm:
        def run(self, lightness):
            return (plain.session.run(lightness) - excess).astype(np.float32)

    photograph = gray[: size[0], : size[1]]
    expected = replace(plain, session=Calm()).colorize(photograph)
    found = with_powers(colorizer, rebalancing=0.4, boldness=0.2).colorize(photograph)
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.abs(plain.colorize(photograph).astype(int) - expected).max() > 4
