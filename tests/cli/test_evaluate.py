import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import autochrome.degraded
from autochrome.cli.main import cli
from autochrome.pipeline.session import Session
from autochrome.shards import encode_webp


@pytest.fixture
def photographs(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(3):
        rgb = np.full((128, 128, 3), rng.integers(0, 256, 3), np.uint8)
        (tmp_path / f"{i}.webp").write_bytes(encode_webp(rgb))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_a_table_has_a_row_for_each_model(photographs):
    result = run("--model", "grey", "--model", "truth", "--data", photographs)
    assert result.exit_code == 0
    caption, *_, grey, truth = result.stdout.splitlines()
    assert "`shards`" in caption
    assert "3 photographs" in caption
    assert grey.startswith("| grey |")
    assert truth.startswith("| truth | 100.00 [100.00, 100.00] |")
    assert result.stderr == ""


def test_json_is_one_line_a_model(photographs):
    arguments = ["--data", photographs, "--limit", 2, "--protocol", "full", "--json"]
    result = run("--model", "grey", "--model", "truth", *arguments)
    grey, truth = map(json.loads, result.stdout.splitlines())
    assert (grey["model"], truth["model"]) == ("grey", "truth")
    assert grey["protocol"] == "full"
    assert grey["num_photographs"] == 2
    assert grey["metrics"]["auc"]["value"] < truth["metrics"]["auc"]["value"] == 100


def test_a_trained_model_is_measured(photographs, tiny_model):
    result = run("--model", tiny_model, "--data", photographs, "--working-side", 64, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["metrics"]["colorfulness"]["value"] > 1


@pytest.mark.parametrize(("quiet", "told"), [([], "Left out, not read: 1 .heic\n"), (["-q"], "")])
def test_images_of_other_formats_are_counted(photographs, quiet, told):
    (photographs / "a.heic").touch()
    (photographs / "notes.txt").touch()
    result = run("--model", "grey", "--data", photographs, "--json", *quiet)
    assert (len(result.stdout.splitlines()), result.stderr) == (1, told)


@pytest.mark.parametrize("condition", ["old", "surveillance"])
def test_a_condition_is_named_and_what_a_model_sees(photographs, tiny_model, condition):
    arguments = ["--model", tiny_model, "--model", "grey", "--data", photographs]
    degraded = run(*arguments, "--condition", condition)
    assert degraded.exit_code == 0, degraded.output
    assert f"condition `{condition}`" in degraded.stdout
    clean = run(*arguments)
    assert "condition `clean`" in clean.stdout
    (model, grey), (clean_model, clean_grey) = (
        r.stdout.splitlines()[-2:] for r in (degraded, clean)
    )
    assert model != clean_model
    assert grey == clean_grey
    line = json.loads(run(*arguments, "--condition", condition, "--json").stdout.splitlines()[0])
    assert line["condition"] == condition


@pytest.mark.parametrize(
    ("condition", "module", "extra"), [("old", "torch", "train"), ("surveillance", "av", "video")]
)
def test_a_condition_without_its_extra_fails_before_anything_is_measured(
    photographs, monkeypatch, condition, module, extra
):
    # As if it had never been imported, in both places where Python remembers it.
    monkeypatch.delitem(sys.modules, f"autochrome.degraded.{condition}", raising=False)
    monkeypatch.delattr(autochrome.degraded, condition, raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    arguments = ["--model", "grey", "--data", photographs, "--condition", condition, "--json"]
    result = run(*arguments)
    assert result.exit_code == 6
    assert f"pip install 'autochrome[{extra}]'" in result.stderr
    assert result.stdout == ""


def test_an_unknown_model_fails_before_anything_is_measured(photographs):
    result = run("--model", "grey", "--model", "no-such-model", "--data", photographs, "--json")
    assert result.exit_code == 5
    assert "no-such-model" in result.stderr
    assert result.stdout == ""


def test_a_damaged_photograph_ends_it(photographs):
    (photographs / "1.webp").write_bytes(b"not a photograph")
    result = run("--model", "grey", "--data", photographs)
    assert result.exit_code == 3
    assert "1.webp" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--model", "grey"],
        ["--data", "."],
        ["--model", "grey", "--data", "no such place"],
        ["--model", "grey", "--data", ".", "--condition", "sepia"],
    ],
)
def test_wrong_usage(arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("asked", [[], ["--flip-averaging"]])
def test_flip_averaging_is_measured_if_asked_for(photographs, tiny_model, monkeypatch, asked):
    real, shapes = Session.run, []

    def watched(session, lightness):
        shapes.append(lightness.shape)
        return real(session, lightness)

    monkeypatch.setattr(Session, "run", watched)
    result = run("--model", tiny_model, "--data", photographs, "--json", *asked)
    assert result.exit_code == 0, result.output
    assert len(shapes) == 3 * (1 + len(asked))
