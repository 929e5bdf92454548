import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from autochrome.cli.main import cli
from autochrome.color import ab_gamut
from autochrome.evaluate import Estimate, Protocol
from autochrome.metrics import class_probabilities
from autochrome.nn import HeadSettings, build_system
from autochrome.shards import Photograph, encode_webp, write_shards
from autochrome.studies.comparison import measure, training
from autochrome.studies.comparison.claims import CLAIMS, judge_claims, verdict
from autochrome.studies.comparison.colors import (
    CHROMA_EDGES,
    RARE,
    count_colors,
    mean_class_recall_parts,
    rare_recall_parts,
    recall_by_rarity,
)
from autochrome.studies.comparison.conditions import COMPARED, Conditions
from autochrome.studies.comparison.cost import Cost, cost
from autochrome.studies.comparison.learning import group_by_loss, read_learning_curve
from autochrome.studies.comparison.measure import Measured, measure_once
from autochrome.studies.comparison.sheet import TILE
from autochrome.studies.comparison.sweep import TEMPERATURES, SweepPoint, has_temperature, sweep
from autochrome.studies.comparison.training import Contender
from autochrome.studies.comparison.validation_set import ValidationSet
from autochrome.train.recipes import RECIPES
from autochrome.train.run import check_start

SYSTEMS = ("zhang2016", "zhang2016_l2", "lumiere")
SMALL = ["--photographs", 64, "--side", 32, "--width", 0.125, "--validation-limit", 3]
SETTINGS = HeadSettings(prior=np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins))


def run(*arguments):
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)], prog_name="autochrome")


def named(systems):
    return [argument for system in systems for argument in ("--system", system)]


def _pictures(folder, reds):
    """Shards of pictures of one red each."""
    folder.mkdir()
    pictures = (np.full((64, 64, 3), (red, 60, 30), np.uint8) for red in reds)
    rows = [
        Photograph(str(index), "test", None, encode_webp(picture, 101))
        for index, picture in enumerate(pictures)
    ]
    return write_shards(rows, folder)[0]


def read(folder):
    return json.loads((folder / "comparison.json").read_text())


@pytest.fixture(scope="module")
def compared(tmp_path_factory, shards, validation):
    folder = tmp_path_factory.mktemp("compared")
    result = run(
        "-o", folder, "--data", shards, "--validation", validation, *SMALL, *named(SYSTEMS)
    )
    assert result.exit_code == 0, result.output
    return folder


def test_what_is_compared_differs_under_equal_conditions():
    conditions = Conditions(photographs_seen=64)
    configs = {name: replace(conditions.config(name), recipe="") for name in RECIPES}
    assert len({configs[name] for name in COMPARED}) == len(COMPARED)
    assert {configs[name] for name in COMPARED} == set(configs.values())


@pytest.mark.parametrize("name", RECIPES)
def test_no_recipe_needs_more_than_photographs_under_equal_conditions(name, tmp_path):
    check_start(Conditions(photographs_seen=64).config(name), tmp_path)


def test_every_system_has_its_row_between_grey_and_truth(compared):
    found = read(compared)
    assert list(found["systems"]) == ["grey", *SYSTEMS, "truth"]
    assert found["validation"]["num_photographs"] == 3
    assert found["systems"]["grey"]["metrics"]["colorfulness"]["value"] == 0
    assert found["systems"]["truth"]["metrics"]["mean_class_recall"]["value"] == 100
    for system in SYSTEMS:
        assert found["systems"][system]["cost"]["photographs_seen"] == 64
        has_sweep = len(found["systems"][system]["sweep"]) == len(TEMPERATURES)
        assert has_sweep == (system != "zhang2016_l2")
    assert [claim["higher"] for claim in found["claims"]] == ["truth"]
    page = (compared / "comparison.md").read_text()
    for title in ("Metrics", "Colors", "Cost", "Claims", "Temperature"):
        assert f"## {title}\n" in page


def test_the_figures_are_pictures(compared):
    sheet = cv2.imread(str(compared / "sheet.jpg"))
    assert sheet.shape[0] > 3 * TILE
    assert sheet.shape[1] > 5 * TILE
    first, last = sheet[40 : 40 + TILE // 2, 10:100], sheet[40 : 40 + TILE // 2, -100:-10]
    assert np.ptp(first.astype(int), axis=-1).max() < 16  # grey, but for the JPEG's rounding
    assert np.ptp(last.astype(int), axis=-1).max() > 40
    assert cv2.imread(str(compared / "curves.png")) is not None


def test_what_is_done_is_not_done_again(compared, validation, monkeypatch):
    before = read(compared)
    monkeypatch.setattr(training, "train", None)
    monkeypatch.setattr("autochrome.studies.comparison.study.measure", None)
    result = run("-o", compared, "--validation", validation, *SMALL, *named(SYSTEMS))
    assert result.exit_code == 0, result.output
    assert read(compared) == before


def test_loaded_weights_are_one_more_row_and_marked(compared, validation, tmp_path):
    folder = shutil.copytree(compared, tmp_path / "copy")
    weights = compared / "runs" / "zhang2016_l2" / "weights.safetensors"
    (tmp_path / "shown").mkdir()
    red = np.full((128, 128, 3), (0, 0, 200), np.uint8)
    cv2.imwrite(str(tmp_path / "shown" / "red.png"), red)
    result = run("-o", folder, "--validation", validation, *SMALL, "--system", "zhang2016_l2",
                 "--load", f"mine={weights}", "--show", tmp_path / "shown")  # fmt: skip
    assert result.exit_code == 0, result.output
    sheet = cv2.imread(str(folder / "sheet.jpg"))
    assert sheet.shape[0] < 2 * TILE  # the one photograph to show
    assert np.abs(sheet[100, -50] - np.array([0.0, 0, 200])).max() < 12
    found = read(folder)["systems"]
    assert found["mine"]["kind"] == "loaded"
    assert found["mine"]["metrics"] == found["zhang2016_l2"]["metrics"]
    assert "| mine † |" in (folder / "comparison.md").read_text()


def test_an_interrupted_comparison_goes_on(compared, shards, validation, tmp_path, monkeypatch):
    def interrupt(items, *, total, description):
        for item in items:
            if description.startswith("Training"):
                os.kill(os.getpid(), signal.SIGINT)
            yield item

    arguments = ["-o", tmp_path, "--data", shards, "--validation", validation, *SMALL]
    arguments += ["--system", "zhang2016_l2", "-q"]
    with monkeypatch.context() as patched:
        patched.setattr("autochrome.cli.compare.terminal_progress", lambda quiet: interrupt)
        stopped = run(*arguments)
    assert stopped.exit_code == 130
    assert "To go on:" in stopped.stderr
    folder = tmp_path / "runs" / "zhang2016_l2"
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] == 1
    assert run(*arguments).exit_code == 0
    resumed = load_file(folder / "weights.safetensors")
    whole = load_file(compared / "runs" / "zhang2016_l2" / "weights.safetensors")
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--system", "zhang2061"], "unknown recipe 'zhang2061'"),
        (["--load", "mine"], "cannot use --load 'mine'"),
        (["--load", "mine=nowhere.safetensors"], "cannot use --load"),
        (["--load", f"a={__file__}", "--load", f"a={__file__}"], "each NAME once"),
        (["--load", f"grey={__file__}"], "'grey' is taken"),
        (["--load", f"../grey={__file__}"], "'../grey' is taken, or none"),
        (["--width", "2"], "a width in"),
        (["--system", "zhang2016"], "there are systems to train"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message, validation, tmp_path):
    result = run("-o", tmp_path, "--validation", validation, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_folder_holds_one_comparison(compared, validation):
    result = run("-o", compared, "--validation", validation, *SMALL, "--seed", 1)
    assert result.exit_code == 2
    assert "other conditions" in result.stderr


def test_all_systems_learn_from_the_same_photographs(compared, validation, tmp_path):
    """Those that are trained later too, or the page would not be true."""
    folder = shutil.copytree(compared, tmp_path / "copy")
    others = _pictures(tmp_path / "others", [10, 200])
    result = run("-o", folder, "--data", others, "--validation", validation, *SMALL,
                 *named([*SYSTEMS, "zhang2016_onehot"]))  # fmt: skip
    assert result.exit_code == 2
    assert "have learned from other photographs" in result.stderr
    assert not (folder / "runs" / "zhang2016_onehot").exists()


def test_nothing_is_measured_on_what_was_learned_from(shards, tmp_path):
    result = run("-o", tmp_path, "--data", shards, "--validation", shards, *SMALL)
    assert result.exit_code == 2
    assert "3 of the photographs in --validation are in --data too" in result.stderr


def test_damaged_conditions_are_told(validation, tmp_path):
    (tmp_path / "conditions.json").write_text("{")
    result = run("-o", tmp_path, "--validation", validation, *SMALL)
    assert result.exit_code == 2
    assert "conditions.json is damaged" in result.stderr


def test_a_run_of_another_recipe_is_refused(compared, validation, tmp_path):
    folder = tmp_path / "runs" / "lumiere"
    folder.mkdir(parents=True)
    config = json.loads((compared / "runs" / "lumiere" / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"uniform_mixing": 0.25}))
    result = run("-o", tmp_path, "--validation", validation, *SMALL, "--system", "lumiere")
    assert result.exit_code == 2
    assert "trained under other conditions" in result.stderr


def test_a_folder_that_cannot_be_written_to(validation, tmp_path):
    (tmp_path / "file").touch()
    result = run("-o", tmp_path / "file" / "folder", "--validation", validation)
    assert result.exit_code == 4


def test_help_tells_the_quick_way():
    assert "--photographs 640 --side 32 --validation-limit 24" in run("--help").stdout


def test_colors_by_hand():
    # Bins (0, 0) and (10, 0): the second is missed once by 14 and hit, once by 15 and missed.
    true_ab = np.array([[[0, 0], [10, 0]], [[10, 0], [10, 0]]], np.float32)
    ab = np.array([[[0, 0], [24, 0]], [[25, 0], [10, 3]]], np.float32)
    found = count_colors(ab, true_ab)
    gray, reddish = (
        (ab_gamut().centers == center).all(axis=1).argmax() for center in ((0, 0), (10, 0))
    )
    assert (found.pixels[gray], found.pixels[reddish], found.pixels.sum()) == (1, 3, 4)
    assert (found.hits[gray], found.hits[reddish], found.hits.sum()) == (1, 2, 3)
    assert found.mean_chroma == pytest.approx((0 + 24 + 25 + np.hypot(10, 3)) / 4)
    expected = np.zeros(len(CHROMA_EDGES) - 1)
    expected[[0, 2, 4, 5]] = 1
    assert found.chroma_counts.tolist() == expected.tolist()


def test_a_color_out_of_every_range_is_counted():
    ab = np.full((1, 1, 2), 500, np.float32)
    assert count_colors(ab, np.zeros_like(ab)).chroma_counts[-1] == 1


def test_the_mean_recall_of_classes_is_the_mean_of_their_recalls():
    pixels = np.array([[8, 0, 1], [2, 4, 0]])
    hits = np.array([[5, 0, 1], [1, 1, 0]])
    sums, weights = mean_class_recall_parts(pixels, hits).sum(axis=0)
    assert sums / weights == pytest.approx(100 * np.mean([6 / 10, 1 / 4, 1]))
    # A class that does not occur is no class that was missed.
    none = np.zeros((2, 1), int)
    sums, weights = mean_class_recall_parts(np.hstack([pixels, none]), np.hstack([hits, none])).sum(
        axis=0
    )
    assert sums / weights == pytest.approx(100 * np.mean([6 / 10, 1 / 4, 1]))


def test_rare_colors_are_those_of_few_training_pixels():
    common, rare = class_probabilities().argmax(), class_probabilities().argmin()
    pixels = np.zeros((1, ab_gamut().num_bins), int)
    pixels[0, [common, rare]] = 10, 4
    hits = pixels // 2
    hits[0, rare] = 1
    assert rare_recall_parts(pixels, hits).tolist() == [[100, 4]]
    bands = recall_by_rarity(pixels[0], hits[0])
    assert [recall for _, _, recall in bands] == [50, None, None, None, 25]
    assert (class_probabilities() < RARE).mean() > 0.5


def test_a_metric_without_anything_to_measure_is_unknown():
    nothing = np.zeros((3, 2))
    assert measure.estimate("rare_recall", nothing) is None
    measured = Measured({"rare_recall": nothing}, {}, [], [], [])
    assert measured.difference(measured, "rare_recall") is None


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.1, 0.5, "holds"), (-0.5, -0.1, "does not hold"), (-0.1, 0.5, "undecided")],
)
def test_verdict(low, high, expected):
    assert verdict(Estimate((low + high) / 2, low, high)) == expected


def test_claims_are_judged_photograph_by_photograph():
    # The photographs differ far more than the systems do.
    level = np.random.default_rng(0).normal(0, 10, 100)

    def with_auc(values):
        parts = np.stack([values, np.ones(100)], axis=1)
        metrics = ("auc", "auc_rebalanced", "ciede2000")
        return Measured(dict.fromkeys(metrics, parts), {}, [], [], [])

    findings = list(
        judge_claims({"lumiere": with_auc(level + 1), "lumiere_plain": with_auc(level)})
    )
    assert [finding.claim.metric for finding in findings] == ["auc", "auc_rebalanced", "ciede2000"]
    assert [finding.verdict for finding in findings] == ["holds", "holds", "does not hold"]
    assert [finding.difference.value for finding in findings] == pytest.approx([1, 1, -1])


def test_claims_name_metrics_that_are_measured():
    known = {*measure.COLUMNS, *measure.COLOR_COLUMNS}
    assert {claim.metric for claim in CLAIMS} <= known


def test_what_was_measured_is_recalled_for_the_same_weights_and_photographs(tmp_path):
    validation = ValidationSet(Protocol("small", 16), np.zeros((1, 16, 16, 3), np.uint8), "one")
    made = []

    def make():
        metrics = {"auc": Estimate(0.75, 0.5, 1.0), "rare_recall": None}
        point = SweepPoint(0.5, 1, 2, 3, 4)
        parts = {"auc": np.array([[1.5, 2.0]])}
        made.append(Measured(parts, metrics, [1], [(1.0, 0.1, None)], [point]))
        return made[-1]

    def get(weights, validation=validation):
        return measure_once(tmp_path / "a.json", weights, validation, make)

    first, second = get("w"), get("w")
    assert len(made) == 1
    assert second.parts["auc"].tolist() == first.parts["auc"].tolist()
    assert second[1:] == first[1:]
    get("other")
    get("other", validation._replace(sha256="two"))
    assert len(made) == 3
    (tmp_path / "a.json").write_text("{")
    get("other")
    assert len(made) == 4


def test_a_cold_system_is_more_colorful_than_a_warm_one():
    torch.manual_seed(0)
    system = build_system("lumiere", SETTINGS, 0.125).eval()
    system.head.projection.weight.data.mul_(50)
    photographs = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), np.uint8)
    points = sweep(system, ValidationSet(Protocol("small", 16), photographs, ""))
    assert [point.temperature for point in points] == list(TEMPERATURES)
    chromas = [point.mean_chroma for point in points]
    assert chromas[0] > chromas[-1] + 1
    assert not has_temperature(build_system("zhang2016_l2", SETTINGS, 0.125))


def test_the_papers_network_costs_what_is_published():
    system = build_system("zhang2016", SETTINGS)
    metadata = {"photographs_seen": 1, "minutes": 1}
    found = cost(Contender("zhang2016", system.eval(), Path(), metadata, None), side=64)
    assert found.parameters == pytest.approx(32.24e6, rel=1e-3)
    assert 16 * found.gmacs == pytest.approx(41.8, rel=2e-3)


@pytest.mark.parametrize(
    ("log", "minutes"), [("", 7), ('{"step": 1, "minutes": 3}\n{"step": 2, "min', 3)]
)
def test_a_log_without_its_end_still_tells_the_time(tmp_path, log, minutes):
    path = tmp_path / "log.jsonl"
    path.write_text(log)
    system = build_system("zhang2016_l2", SETTINGS, 0.125).eval()
    metadata = {"photographs_seen": 1, "minutes": 7}
    assert cost(Contender("a", system, Path(), metadata, path), side=16).minutes == minutes


def test_speed_is_unknown_where_no_time_was_taken():
    known = Cost(parameters=1, gmacs=1, photographs_seen=120, minutes=2)
    assert known.photographs_per_second == 1
    assert replace(known, minutes=0).photographs_per_second is None


def test_a_learning_curve_takes_the_later_of_two_records(tmp_path):
    log = tmp_path / "log.jsonl"
    records = [
        {"step": 2, "losses": [9.0, 8.0]},
        {"step": 3, "losses": [100.0]},  # lost when the run was killed
        {"step": 4, "losses": [7.0, 6.0]},
        {"step": 4, "validation": {"auc": 1}},
    ]
    log.write_text("".join(json.dumps(record) + "\n" for record in records) + '{"step": 5, "lo')
    curve = read_learning_curve(log, batch_size=32)
    assert curve.photographs_seen.tolist() == [32, 64, 96, 128]
    assert curve.loss.tolist() == [9, 8, 7, 6]


def test_only_equal_losses_are_compared(tmp_path):
    def contender(name, mixing=0.5, log=tmp_path):
        recipe = {"system": name, "uniform_mixing": mixing, "num_neighbors": 5}
        return SimpleNamespace(name=name, log=log, metadata={"recipe": recipe})

    contenders = [
        contender("lumiere"),
        contender("zhang2016_l2"),
        contender("lumiere_plain"),
        contender("zhang2016", mixing=1.0),
        contender("zhang2016", log=None),
    ]
    (group,) = group_by_loss(contenders).values()
    assert [c.name for c in group] == ["lumiere", "lumiere_plain"]
