"""A system that learns what photographs show, from shards of which some say so."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.data import load_store
from autochrome.errors import ModelError, UsageError
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


def relabelled(store, *classes):
    """The same pictures, whose labels have other names, or none."""
    return replace(store, classes=classes)


OTHERS = [("ant", "beach", "zebra"), ("attic", "beach"), ()]


@pytest.mark.parametrize("classes", OTHERS, ids=str)
def test_a_run_goes_on_with_the_same_labels_only(labelled, scenes, tmp_path, classes):
    train(scenes, labelled, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="on other labels"):
        train(scenes, relabelled(labelled, *classes), tmp_path, Budget(steps=2), resume=True)


@pytest.mark.parametrize("classes", OTHERS, ids=str)
def test_init_goes_on_with_the_same_labels_only(labelled, scenes, tmp_path, classes):
    train(scenes, labelled, tmp_path / "first", Budget(steps=1))
    init = tmp_path / "first" / "weights.safetensors"
    others = relabelled(labelled, *classes)
    with pytest.raises(UsageError, match="learned other labels"):
        train(scenes, others, tmp_path / "second", Budget(steps=1), init=init)
    assert train(scenes, labelled, tmp_path / "third", Budget(steps=1), init=init).steps == 2


def test_a_checkpoint_older_than_that_is_taken(labelled, scenes, tmp_path):
    train(scenes, labelled, tmp_path, Budget(steps=1))
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    del state["classes"]
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(ModelError, match="not one of this run"):
        train(scenes, relabelled(labelled), tmp_path, Budget(steps=2), resume=True)
    assert train(scenes, labelled, tmp_path, Budget(steps=2), resume=True).steps == 2


def test_labels_mean_nothing_to_a_system_that_learns_colors_only(labelled, config, tmp_path):
    config = replace(config, width=0.125)
    others = relabelled(labelled, "ant", "beach", "zebra")
    train(config, labelled, tmp_path / "first", Budget(steps=1))
    train(config, others, tmp_path / "first", Budget(steps=2), resume=True)
    init = tmp_path / "first" / "weights.safetensors"
    train(config, relabelled(labelled), tmp_path / "second", Budget(steps=1), init=init)
