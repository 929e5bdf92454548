import json
from itertools import cycle

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from autochrome.cli.main import cli
from autochrome.color import ab_gamut, lab_to_rgb
from autochrome.errors import UsageError
from autochrome.nn import HeadSettings, build_system
from autochrome.shards import Photograph, encode_webp, write_shards
from autochrome.studies.interpretability import color_classifier, interpret, interpret_page
from autochrome.studies.labelled import LabelledPhotographs
from autochrome.train.checkpoint import save_weights

HUES = {"green": (-40.0, 30.0), "red": (40.0, 30.0)}


def write(folder, count, seed):
    """Patches that differ in lightness at random, and in hue by their class."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(count):
        name = list(HUES)[index % 2]
        lab = np.empty((32, 32, 3), np.float32)
        lab[..., 0] = rng.uniform(45, 65) + rng.normal(0, 3, (32, 32))
        lab[..., 1:] = HUES[name]
        rgb = np.rint(255 * lab_to_rgb(lab).clip(0, 1)).astype(np.uint8)
        rows.append(Photograph(f"{seed}-{index}", "patches", name, encode_webp(rgb, 101)))
    return write_shards(rows, folder)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patches")
    return write(folder / "training", 40, 0), write(folder / "validation", 16, 1)


def painter(*colors):
    """A system that paints each photograph in the next of these colors, over and over."""
    following = cycle(colors)
    return lambda lightness: np.tile(np.float32(next(following)), (*lightness.shape, 1))


def read(shards):
    systems = {"right": painter(*HUES.values()), "red": painter(HUES["red"])}
    systems["wrong"] = painter(*reversed(HUES.values()))
    training, validation = map(LabelledPhotographs, shards)
    return interpret(systems, training, validation, side=32, photographs_seen=320)


@pytest.fixture(scope="module")
def results(shards):
    return read(shards)


def test_classes_that_differ_in_hue_are_read_by_their_hue_only(results):
    accuracies = {name: system.accuracy.value for name, system in results.systems.items()}
    assert accuracies["truth"] == accuracies["right"] == 100
    assert accuracies["red"] == 50
    assert accuracies["wrong"] == 0
    # Without color both classes look the same, whatever the classifier makes of gray.
    assert 25 <= accuracies["grey"] <= 75


def test_the_gain_is_the_paired_difference_to_grey(results):
    systems = results.systems
    for system in systems.values():
        expected = system.accuracy.value - systems["grey"].accuracy.value
        assert system.gain.value == pytest.approx(expected)
    assert systems["grey"].gain == (0, 0, 0)
    assert systems["right"].gain == systems["truth"].gain


@pytest.mark.parametrize("side", [32, 33, 50])
def test_the_classifier_sees_pictures_of_any_side(side):
    with torch.inference_mode():
        assert color_classifier(3)(torch.zeros(2, 3, side, side)).shape == (2, 3)


def test_the_same_seed_reads_the_same(results, shards):
    assert read(shards) == results


def test_what_the_classifier_learned_from_is_not_judged(shards):
    training = LabelledPhotographs(shards[0])
    with pytest.raises(UsageError, match="40 of the photographs"):
        interpret({}, training, training, side=32, photographs_seen=32)


def test_the_page_has_a_row_for_each_system(results):
    rows = interpret_page(results).splitlines()[-5:]
    assert [row.split(" | ")[0] for row in rows] == [f"| {name}" for name in results.systems]
    assert "| – |" in rows[0]


def run(*arguments):
    return CliRunner().invoke(cli, ["interpret", *map(str, arguments)])


def test_the_command_judges_trained_systems(tmp_path, shards):
    count = ab_gamut().num_bins
    system = build_system("zhang2016_l2", HeadSettings(prior=np.full(count, 1 / count)), 0.125)
    weights = tmp_path / "weights.safetensors"
    save_weights(weights, system, {"system": "zhang2016_l2", "recipe": {"width": 0.125}})
    result = run(
        *("-o", tmp_path / "out", "--weights", f"fresh={weights}", "--data", shards[0][0]),
        *("--validation", shards[1][0], "--limit", 16, "--side", 32, "--photographs", 32),
        *("--device", "cpu"),
    )
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "interpretability.json").read_text())
    assert list(found["systems"]) == ["grey", "fresh", "truth"]
    assert found["num_validation"] == 16
    assert (tmp_path / "out" / "interpretability.md").read_text() == result.stdout


@pytest.mark.parametrize("named", ["weights", "=weights", "truth=weights", "name="])
def test_a_system_needs_a_name_and_a_path(tmp_path, shards, named):
    data = shards[0][0]
    result = run("-o", tmp_path, "--weights", named, "--data", data, "--validation", data)
    assert result.exit_code == 2
    assert "NAME=PATH" in result.output
