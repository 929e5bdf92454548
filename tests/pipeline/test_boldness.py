"""Boldness: what becomes of the answer to a photograph that is seen small."""

from dataclasses import replace

import numpy as np
import pytest

from autochrome.color import ab_gamut, class_rebalancing_weights
from autochrome.pipeline.boldness import calm, halvings_of

PRIOR = np.random.default_rng(1).dirichlet(np.ones(ab_gamut().num_bins))


def with_output(colorizer, **powers):
    manifest = colorizer.manifest
    manifest = replace(
        manifest,
        output=replace(manifest.output, **powers),
        decode=replace(manifest.decode, prior=tuple(PRIOR)),
    )
    return replace(colorizer, manifest=manifest)


@pytest.fixture
def plain(colorizer):
    """The tiny model, whose side is 64, with rare and common colors."""
    return with_output(colorizer)


@pytest.fixture
def calmed(colorizer):
    """The same, as if it were bolder the smaller it sees things."""
    return with_output(colorizer, boldness=0.2)


@pytest.fixture
def balanced(colorizer):
    """The same, as if it were too bold at any size, and more so where it sees small things."""
    return with_output(colorizer, rebalancing=0.4, boldness=0.2)


def lightness(height, width):
    return np.random.default_rng(0).uniform(20, 80, (height, width)).astype(np.float32)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(128, 1), (64, 2), (181.02, 0.5), (256, 0), (257, 0), (4000, 0), (63, 2), (1, 2)],
)
def test_halvings(seen, expected):
    assert halvings_of(256, seen) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("seen", [64, 1])
def test_nothing_to_take_out(plain, seen):
    answer = np.ones((2, 3, 4), np.float32)  # nor need it be a distribution
    assert calm(answer, plain.manifest, seen) is answer


def test_rebalancing_is_undone(balanced):
    """The rebalanced answer of a network that knows nothing of the picture, and the prior."""
    weights = class_rebalancing_weights(PRIOR)
    model = with_output(balanced, rebalancing=1.0).manifest
    answer = np.log(PRIOR * weights).astype(np.float32)
    found = np.exp(calm(answer, model, 64).astype(float))
    np.testing.assert_allclose(found / found.sum(), PRIOR, rtol=1e-4)


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
    plain, balanced, calmed, size, working, halvings, flip_averaging
):
    answers = [
        model.predict_lightness(lightness(*working), size, flip_averaging=flip_averaging).answer
        for model in (plain, calmed, balanced)
    ]
    for answer, power in zip(answers[1:], (0.2 * halvings, 0.4 + 0.2 * halvings), strict=True):
        expected = power * np.log(class_rebalancing_weights(PRIOR))
        np.testing.assert_allclose(
            answers[0] - answer, np.broadcast_to(expected, answer.shape), atol=1e-4
        )


@pytest.mark.parametrize(("size", "power"), [((64, 80), 0.4), ((32, 40), 0.6)])
def test_photographs_are_colored_by_it(plain, balanced, gray, size, power):
    """As by a network that had answered without so much of the weights from the start."""
    excess = power * np.log(class_rebalancing_weights(PRIOR))

    class Calm:
        def run(self, lightness):
            return (plain.session.run(lightness) - excess).astype(np.float32)

    photograph = gray[: size[0], : size[1]]
    expected = replace(plain, session=Calm()).colorize(photograph)
    np.testing.assert_array_equal(balanced.colorize(photograph), expected)
    assert np.abs(plain.colorize(photograph).astype(int) - expected).max() > 4
