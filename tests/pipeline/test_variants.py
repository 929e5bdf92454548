import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autochrome import ColorizeOptions, Colorizer, UsageError
from autochrome.color import ab_gamut, reduce_chroma
from autochrome.metrics import ciede2000
from autochrome.photo import open_photo, photo_from_array
from autochrome.pipeline import Prediction, Variant
from autochrome.pipeline.variants import _moves, _root_covariance

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.jpg"))


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.open(device="cpu", num_threads=1)


def _versions(colorizer, prediction, count):
    options = [ColorizeOptions(variant=Variant(i, count)) for i in range(1, count + 1)]
    return [colorizer.decode(prediction, each) for each in options]


def _mean_difference(lightness, versions):
    labs = [np.concatenate([lightness[..., None], ab], axis=-1)[::2, ::2] for ab in versions]
    labs = [reduce_chroma(lab) for lab in labs]
    return np.mean([ciede2000(a, b).mean() for a, b in itertools.combinations(labs, 2)])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_versions_differ_and_the_first_is_the_ordinary_one(colorizer, path):
    prediction = colorizer.predict_distribution(open_photo(path))
    versions = _versions(colorizer, prediction, 3)
    assert 5 <= _mean_difference(prediction.lightness, versions) < 7
    np.testing.assert_array_equal(versions[0], colorizer.decode(prediction))


def test_versions_are_as_coherent_as_the_ordinary_result(colorizer):
    """No noise from pixel to pixel: the moves are smooth where lightness is."""
    prediction = colorizer.predict_distribution(open_photo(SAMPLES[0]))
    flat = np.abs(np.diff(prediction.lightness, axis=1)) < 1
    ordinary, *others = _versions(colorizer, prediction, 4)
    for ab in others:
        move = ab - ordinary
        steps = np.linalg.norm(np.diff(move, axis=1), axis=-1)[flat]
        size = np.linalg.norm(move, axis=-1).mean()
        assert steps.mean() < 0.08 * size  # of noise it would be 1.4 times the size
        assert np.quantile(steps, 0.99) < 0.5 * size


def test_versions_are_always_the_same(colorizer):
    prediction = colorizer.predict_distribution(open_photo(SAMPLES[1]))
    options = ColorizeOptions(variant=Variant(2, 3))
    np.testing.assert_array_equal(
        colorizer.decode(prediction, options), colorizer.decode(prediction, options)
    )


def _prediction(left, right):
    """Two halves of one distribution each."""
    lightness = np.where(np.arange(96) < 48, 45, 65)[None].repeat(64, axis=0).astype(np.float32)
    logits = np.where((np.arange(24) < 12)[:, None], left, right)[None].repeat(16, axis=0)
    return Prediction("old.jpg", 64, 96, lightness, logits.astype(np.float32), 4)


def _spread(width):
    return -(ab_gamut().centers ** 2).sum(axis=1) / (2 * width**2)


def test_what_is_certain_stays_and_what_is_open_moves(colorizer):
    ordinary, *others = _versions(colorizer, _prediction(_spread(4), _spread(40)), 3)
    for ab in others:
        move = np.linalg.norm(ab - ordinary, axis=-1)
        assert move[:, 4:40].mean() < 0.2 * move[:, 56:92].mean()


def test_a_photograph_without_room_says_so(colorizer, caplog):
    certain = _prediction(_spread(2), _spread(2))
    versions = _versions(colorizer, certain, 3)
    assert np.abs(np.diff(versions, axis=0)).max() < 10
    assert caplog.text.count("the versions of old.jpg differ by") == 1


@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_have_no_versions(colorizer, value, caplog):
    pixels = np.full((64, 80), value, dtype=np.uint8)
    colorizer.color(photo_from_array(pixels), ColorizeOptions(variant=Variant(2, 2)))
    assert "the versions of the array differ by 0.0" in caplog.text


def test_root_of_the_covariance():
    """Against the eigenvalues of numpy."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (2, 3, ab_gamut().num_bins)).astype(np.float32)
    roots = _root_covariance(logits).reshape(2, 3, 2, 2)
    for cell in np.ndindex(2, 3):
        p = np.exp(logits[cell].astype(np.float64))
        values, vectors = np.linalg.eigh(np.cov(ab_gamut().centers.T, aweights=p, ddof=0))
        np.testing.assert_allclose(roots[cell], vectors * np.sqrt(values) @ vectors.T, atol=0.02)


@pytest.mark.parametrize(("index", "count"), [(0, 2), (3, 2), (1, 1), (1, 17)])
def test_variants_that_do_not_exist(index, count):
    with pytest.raises(UsageError):
        Variant(index, count)


def test_lightness_beyond_its_range(colorizer):
    lightness = np.linspace(-5, 120, 4096, dtype=np.float32).reshape(64, 64)
    options = ColorizeOptions(variant=Variant(2, 3))
    assert np.isfinite(colorizer.predict(lightness, options)).all()


def test_versions_of_a_brightened_photograph_are_darkened_with_it():
    seen = _prediction(_spread(4), _spread(40))
    bright, dark = (
        _moves(each, 3, np.random.default_rng(0))
        for each in (seen, replace(seen, exposure_gain=1.5**3))
    )
    np.testing.assert_allclose(1.5 * dark, bright, rtol=1e-5)
    assert np.abs(bright).max() > 3
