"""A system that learns what photographs show, from shards of which some say so."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.data import load_store
from autochrome.shards import Photograph, encode_webp, write_shards
from autochrome.train.checkpoint import load_weights
from autochrome.train.config import Budget
from autochrome.train.recipes import load_recipe
from autochrome.train.run import train

LABELS = ("beach", None, "attic", "beach", "forest", None)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """Six pictures, each of two colors; two of them say nothing."""
    rows = []
    for index, label in enumerate(LABELS):
        rgb = np.random.default_rng(index).integers(0, 256, (1, 2, 3), np.uint8)
        picture = rgb.repeat(48, axis=0).repeat(24, axis=1)
        rows.append(Photograph(str(index), "test", label, encode_webp(picture, 101)))
    return load_store(write_shards(rows, tmp_path_factory.mktemp("labelled")))


@pytest.fixture
def scenes():
    recipe = load_recipe("iizuka2016")
    return replace(recipe, width=0.125, crop_side=32, batch_size=4, warmup_steps=2)


def test_weights_bring_their_classifier_back(labelled, scenes, tmp_path):
    train(scenes, labelled, tmp_path, Budget(steps=2))
    system, metadata = load_weights(tmp_path / "weights.safetensors")
    assert metadata["classes"] == ["attic", "beach", "forest"]
    assert len(system.head.classifier[-1].bias) == 3
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["averaged"]
    for name, value in system.state_dict().items():
        torch.testing.assert_close(value, saved[name], rtol=1e-3, atol=1e-6)  # fp16


def test_resumed_run_equals_an_uninterrupted_one(labelled, scenes, tmp_path):
    train(scenes, labelled, tmp_path / "whole", Budget(steps=2))
    train(scenes, labelled, tmp_path / "parts", Budget(steps=1))
    train(scenes, labelled, tmp_path / "parts", Budget(steps=2), resume=True)
    whole, parts = (
        load_weights(tmp_path / folder / "weights.safetensors")[0] for folder in ("whole", "parts")
    )
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(value, parts.state_dict()[name], rtol=0, atol=0)


def test_photographs_that_say_nothing_will_do(store, scenes, tmp_path):
    assert store.classes == ()
    train(scenes, store, tmp_path, Budget(steps=1))
    assert load_weights(tmp_path / "weights.safetensors")[0].head.classifier is None
