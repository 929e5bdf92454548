"""The model inside the package is whole, small, and the one its training form describes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autochrome.color import decode_logits, rgb_to_lab
from autochrome.models import DEFAULT_MODEL, check_parity, find_model, parity_lightness
from autochrome.pipeline import Colorizer
from autochrome.pipeline.session import Session
from autochrome.shards import decode_rgb
from autochrome.train.checkpoint import load_weights
from autochrome.train.export import release_form

MAX_BYTES = 16 * 2**20
PROJECT = Path(__file__).parents[2]
TRAINING_FORM = PROJECT / "weights" / DEFAULT_MODEL / "weights.safetensors"
ROUNDING = {"fp16": 0.05, "int8": 1.0}  # the most it may move ab


@pytest.fixture(scope="module")
def files():
    return find_model(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def precision(files):
    """How its large weights were rounded."""
    return files.manifest.weights.precision.partition(",")[0]


@pytest.fixture(scope="module")
def session(files):
    return Session(files.weights_path, device="cpu")


def test_small_enough_to_ship(files):
    assert files.weights_path.stat().st_size == files.manifest.weights.bytes <= MAX_BYTES


def test_card_names_every_source(files):
    card = (files.weights_path.parent / "CARD.md").read_text(encoding="utf-8")
    assert files.manifest.licence.sources
    for source in files.manifest.licence.sources:
        assert source.name in card


def test_answers_as_where_it_was_exported(files, session):
    parity = files.manifest.parity
    logits = session.run(parity_lightness(parity.side)).transpose(2, 0, 1)
    assert check_parity(parity, logits) < parity.tolerance


def test_onnx_equals_torch_with_the_same_rounded_weights(precision, session):
    system = release_form(load_weights(TRAINING_FORM)[0], precision)
    lightness = parity_lightness(96)[:64]
    with torch.inference_mode():
        expected = system(torch.from_numpy(lightness)[None, None])[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(session.run(lightness), expected, atol=1e-3)


def test_rounding_hardly_moves_the_color(precision, session):
    """Against the training form unfused and computed in float32."""
    system = load_weights(TRAINING_FORM)[0].eval()
    lightness = parity_lightness(96)[:64]
    with torch.inference_mode():
        exact = system(torch.from_numpy(lightness)[None, None])[0].permute(1, 2, 0).numpy()
    shipped = decode_logits(session.run(lightness))
    assert np.abs(shipped - decode_logits(exact)).max() < ROUNDING[precision]


def test_a_meadow_is_green():
    """The least one can ask: a < 0 and b > 0, plainly, in the lower half of a lawn."""
    rgb = decode_rgb((PROJECT / "samples" / "color" / "documerica_554423.jpg").read_bytes())
    lightness = rgb_to_lab(rgb.astype(np.float32) / 255)[..., 0]
    a, b = Colorizer.open().predict(lightness)[len(rgb) // 2 :].mean(axis=(0, 1))
    assert a < -3
    assert b > 5
