"""Any system can be exported and colors photographs, one without a distribution too."""

import json

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from autochrome.cli.main import cli
from autochrome.color import ab_gamut
from autochrome.errors import ModelError, UsageError
from autochrome.models import Manifest, find_model
from autochrome.nn import HeadSettings, System, build_system
from autochrome.nn.heads.hue_chroma import HueChroma
from autochrome.nn.heads.regression import yuv_regression
from autochrome.nn.heads.uv_classification import UvClassification
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.hints import Hint
from autochrome.pipeline.session import Session
from autochrome.pipeline.variants import Variant
from autochrome.train.checkpoint import load_weights, save_weights
from autochrome.train.export import ReleasedNetwork, onnx_graph
from autochrome.train.release import Knobs, release

KNOBS = Knobs(side=32, temperature=0.38, vividness=-0.2, rebalancing=0.3, boldness=0.1)
PRIOR = np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.5))
LIGHTNESS = np.random.default_rng(1).uniform(5, 95, (40, 48)).astype(np.float32)


def released(name, folder):
    torch.manual_seed(0)
    system = build_system(name, HeadSettings(prior=PRIOR), width=0.125).eval()
    recipe = {"recipe": name, "width": 0.125}
    metadata = {"system": name, "recipe": recipe, "photographs_seen": 64, "minutes": 0.1}
    save_weights(folder / "weights.safetensors", system, metadata)
    release(folder / "weights.safetensors", folder / "mine", name="mine", version="1", knobs=KNOBS)
    return folder / "mine"


class Cells(nn.Conv2d):
    """The least backbone there is."""

    out_channels, multiple = 8, 4

    def __init__(self):
        super().__init__(1, 8, 4, stride=4)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return released("zhang2016_l2", tmp_path_factory.mktemp("direct"))


def test_the_manifest_says_that_it_answers_with_ab(model):
    manifest = find_model(model).manifest
    assert manifest.decode.kind == "direct"
    assert (manifest.output.num_bins, manifest.decode.prior) == (0, ())
    assert (manifest.decode.rebalancing, manifest.output.boldness) == (0, 0)


@pytest.mark.parametrize(("part", "name"), [("decode", "rebalancing"), ("output", "boldness")])
def test_a_color_cannot_be_calmed(model, tmp_path, part, name):
    content = json.loads((model / "manifest.json").read_text())
    content[part][name] = 0.1
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match=rf"{part}\.{name}"):
        Manifest.read(tmp_path / "manifest.json")


def test_onnx_equals_torch(model):
    system, _ = load_weights(model.parent / "weights.safetensors")
    lightness = LIGHTNESS[:32]
    with torch.inference_mode():
        expected = ReleasedNetwork(system)(torch.from_numpy(lightness)[None, None])[0]
    answer = Colorizer.open(model).session.run(lightness)
    np.testing.assert_allclose(answer, expected.permute(1, 2, 0), atol=1e-3)


@pytest.mark.parametrize("make_head", [HueChroma, UvClassification, yuv_regression])
def test_every_decoder_can_be_a_part_of_the_graph(make_head, tmp_path):
    torch.manual_seed(0)
    network = ReleasedNetwork(System(Cells(), make_head(8, HeadSettings(prior=PRIOR))))
    assert network.direct
    (tmp_path / "graph.onnx").write_bytes(onnx_graph(network))
    lightness = LIGHTNESS[:32]
    with torch.inference_mode():
        expected = network(torch.from_numpy(lightness)[None, None])[0]
    answer = Session(tmp_path / "graph.onnx", device="cpu").run(lightness)
    np.testing.assert_allclose(answer, expected.permute(1, 2, 0), atol=1e-3)


def test_it_colors_a_photograph(model):
    colorizer = Colorizer.open(model)
    ab = colorizer.predict(LIGHTNESS)
    assert ab.shape == (40, 48, 2)
    assert np.isfinite(ab).all()
    hint = Hint(50, 50, "#a04020", percent=True)
    hinted = colorizer.predict(LIGHTNESS, ColorizeOptions(hints=(hint,)))
    np.testing.assert_allclose(hinted[20, 24], hint.ab, atol=3)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"temperature": 0.5}, "temperature"),
        ({"vividness": 0.0}, "vividness"),
        ({"preset": "vivid"}, "preset vivid"),
        ({"variant": Variant(2, 3)}, "variants"),
    ],
)
def test_what_needs_a_distribution_is_refused(model, options, named):
    with pytest.raises(UsageError, match=named):
        Colorizer.open(model).predict(LIGHTNESS, ColorizeOptions(**options))


@pytest.mark.parametrize("refused", [["--preset", "vivid"], ["--variants", "2"]])
def test_the_command_refuses_it_once_and_before_any_work(model, refused, tmp_path):
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    arguments = ["colorize", *photos, "-o", tmp_path / "out", "--model", model, *refused]
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 2
    assert result.stderr.count("not a distribution") == 1
    assert not (tmp_path / "out").exists()


def test_an_evaluation_refuses_it_before_any_model_is_measured(model, tmp_path):
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", np.zeros((128, 128, 3), np.uint8))[1])
    arguments = ["evaluate", "--model", "grey", "--model", model, "--data", tmp_path, "--json"]
    result = CliRunner().invoke(cli, [*map(str, arguments), "--temperature", "0.3"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "temperature cannot be had" in result.stderr
