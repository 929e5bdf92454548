"""Large weights as fp16 or int8: torch computes with exactly what the graph stores."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from autochrome.cli.main import cli
from autochrome.color import ab_gamut
from autochrome.models import check_parity, find_model, parity_lightness
from autochrome.nn import HeadSettings, System, build_system
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.pipeline import Colorizer
from autochrome.pipeline.session import Session
from autochrome.train import export, precision
from autochrome.train.checkpoint import load_weights, save_weights
from autochrome.train.precision import as_half, as_int8, quantize, round_weights

PRIOR = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)

a_weight = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
some_weights = arrays(np.float32, (3, 4, 2), elements=a_weight)


class EveryLayer(nn.Module):
    """The layers whose output channels lie on different axes, in a few weights."""

    out_channels, multiple = 6, 8

    def __init__(self):
        super().__init__()
        self.cells = nn.Conv2d(1, 8, 8, stride=8)
        self.context = nn.Sequential(nn.Linear(8, 8, bias=False), nn.BatchNorm1d(8))
        self.everywhere = nn.Linear(8, 10)  # an exporter may transpose it
        self.enlarge = nn.ConvTranspose2d(10, 6, 4, 2, 1)

    def forward(self, lightness):
        x = self.cells(lightness)
        x = x + self.context(x.mean((2, 3)))[:, :, None, None]
        return self.enlarge(self.everywhere(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


@pytest.fixture(scope="module", autouse=True)
def _almost_all_are_large():
    with pytest.MonkeyPatch.context() as patch:
        for module in (export, precision):
            patch.setattr(module, "LARGE_FROM", 50)
        patch.setattr(precision, "INT8_FROM", 50)
        patch.setattr(precision, "FIRST_AS_FP16", 0)
        yield


@pytest.fixture(scope="module", params=["fp16", "int8"])
def exported(request, tmp_path_factory):
    """The precision, the network in torch, and the file of its graph."""
    torch.manual_seed(0)
    head = AbClassification(EveryLayer.out_channels, HeadSettings(prior=PRIOR))
    network = export.ReleasedNetwork(System(EveryLayer(), head), request.param)
    path = tmp_path_factory.mktemp("graphs") / "graph.onnx"
    path.write_bytes(export.onnx_graph(network))
    return request.param, network, path


def stored_weights(path):
    """Read types and shapes as stored, and the values that casts and scales make of them."""
    graph = onnx.load(path).graph
    constants = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    values = dict(constants)
    for node in graph.node:
        if node.op_type in ("Cast", "Mul") and all(name in values for name in node.input):
            one, *others = (values[name] for name in node.input)
            values[node.output[0]] = one * others[0] if others else one.astype(np.float32)
    kinds = {name: (value.dtype, value.shape) for name, value in constants.items()}
    return kinds, {name: value for name, value in values.items() if name not in constants}


@given(some_weights, st.integers(0, 2))
def test_int8_is_near_and_rounding_again_changes_nothing(weights, axis):
    rounded = quantize(weights, axis)
    assert rounded.scale.shape == tuple(n if i == axis else 1 for i, n in enumerate(weights.shape))
    largest = np.abs(weights).max(axis=tuple({0, 1, 2} - {axis}), keepdims=True)
    half_a_step = largest / 127 / 2
    # By the first axis the last one is a kernel, whose weights may be rounded the other way.
    most = 2 * half_a_step if axis == 0 else half_a_step
    assert (np.abs(rounded.values - weights) <= most * 1.01 + 1e-30).all()
    again = quantize(rounded.values, axis)
    np.testing.assert_array_equal(again.values, rounded.values)


@given(arrays(np.float32, (6, 4), elements=a_weight), st.integers(0, 1))
def test_without_kernels_int8_is_the_nearest(weights, axis):
    rounded = quantize(weights, axis)
    half_a_step = np.abs(weights).max(axis=1 - axis, keepdims=True) / 127 / 2
    assert (np.abs(rounded.values - weights) <= half_a_step * 1.01 + 1e-30).all()


def test_errors_of_a_kernel_cancel():
    """What a constant picture makes of them is right within half a step; nearest steps are not."""
    weights = np.random.default_rng(0).normal(size=(20, 30, 3, 3)).astype(np.float32)
    rounded = quantize(weights, 0)
    errors = ((rounded.values - weights) / rounded.scale).sum((2, 3))
    nearest = np.rint(weights / rounded.scale) - weights / rounded.scale
    assert np.abs(errors).max() < 0.51
    assert np.abs(nearest.sum((2, 3))).max() > 1.5
    # No more are moved than are needed, and those that were in doubt.
    moved = rounded.steps != np.rint(weights / rounded.scale)
    assert 0.02 < moved.mean() < 0.2
    assert np.abs(nearest[moved]).min() > 0.1
    # A convolution that enlarges sees but some places of a kernel at a time.
    enlarging = quantize(weights, 1)
    np.testing.assert_array_equal(enlarging.steps, np.rint(weights / enlarging.scale))


def test_the_first_of_the_largest_weights_stay_fp16(monkeypatch):
    monkeypatch.setattr(precision, "FIRST_AS_FP16", 1)
    network = nn.Sequential(nn.Conv2d(8, 10, 3), nn.Conv2d(10, 10, 3))
    first, second = (layer.weight.detach().clone() for layer in network)
    assert precision.stored_as(network, "int8").startswith("int8")
    assert precision.stored_as(network[:1], "int8").startswith("fp16")
    round_weights(network, "int8")
    assert torch.equal(network[0].weight, first.half().float())
    np.testing.assert_array_equal(network[1].weight.detach(), quantize(second.numpy(), 0).values)


def test_the_largest_weights_of_a_channel_are_not_moved():
    weights = np.full((2, 3, 3, 3), 126.6, np.float32)
    weights[:, 0, 0, 0] = 127
    weights[0, 1, 1] = 0
    rounded = quantize(weights, 0)
    np.testing.assert_array_equal(rounded.steps, np.rint(weights / rounded.scale))
    assert as_int8(rounded.values) is not None


@given(some_weights, st.integers(0, 1))
def test_what_was_rounded_is_found_again_exactly(weights, axis):
    rounded = quantize(weights, axis)
    exact = rounded.steps.astype(np.float64) * rounded.scale.astype(np.float64)
    np.testing.assert_array_equal(rounded.values, exact)
    found = as_int8(rounded.values)
    assert found is not None
    np.testing.assert_array_equal(found.values, rounded.values)


def test_each_channel_has_a_scale_of_its_own():
    weights = np.random.default_rng(0).normal(size=(4, 50)).astype(np.float32)
    sizes = np.array([1e-6, 1e-2, 1, 1e3], np.float32)[:, None]
    relative = np.abs(quantize(weights * sizes, 0).values - weights * sizes) / sizes
    assert relative.max() < 0.05
    assert np.abs(quantize(weights * sizes, 1).values - weights * sizes)[0].max() > 1e-6


def test_channels_of_zeros_stay_zero():
    weights = np.zeros((2, 3), np.float32)
    weights[0, 1] = 1e-40
    rounded = quantize(weights, 0)
    assert not rounded.values.any()
    assert np.isfinite(rounded.scale).all()


def test_what_was_not_rounded_is_not_taken_for_it():
    weights = np.random.default_rng(0).normal(size=(4, 50)).astype(np.float32)
    assert as_int8(weights) is None
    assert as_half(weights) is None
    assert as_half(np.full(3, 1e6, np.float32)) is None  # no fp16 is as large
    half = weights.astype(np.float16)
    np.testing.assert_array_equal(as_half(half.astype(np.float32)), half)


@pytest.mark.parametrize(("name", "axis"), [("linear", 0), ("conv", 0), ("transposed", 1)])
def test_the_output_channels_of_a_layer_share_a_scale(name, axis):
    layer = {
        "linear": nn.Linear(8, 10),
        "conv": nn.Conv2d(8, 10, 3),
        "transposed": nn.ConvTranspose2d(8, 10, 3),
    }[name]
    weights = layer.weight.detach().numpy().copy()
    round_weights(layer, "int8")
    np.testing.assert_array_equal(layer.weight.detach(), quantize(weights, axis).values)


def test_below_the_largest_weights_int8_stays_away(monkeypatch):
    monkeypatch.setattr(precision, "INT8_FROM", 73)
    layer = nn.Conv2d(2, 4, 3)  # 72 weights
    expected = layer.weight.detach().half().float()
    round_weights(layer, "int8")
    assert torch.equal(layer.weight.detach(), expected)
    assert precision.stored_as(layer, "int8").startswith("fp16")


def test_the_graph_stores_what_torch_computes_with(exported):
    kind, network, path = exported
    kinds, weights = stored_weights(path)
    of_torch = [p.numpy() for p in network.parameters() if p.numel() >= 50 and p.ndim > 1]
    assert len(weights) >= len(of_torch) == 5
    for expected in of_torch:
        assert any(
            np.array_equal(value, expected) or np.array_equal(value, expected.T)
            for value in weights.values()
        )
    small = {"fp16": np.float16, "int8": np.int8}[kind]
    assert sum(of == small and len(shape) > 1 for of, shape in kinds.values()) == 5
    lightness = np.random.default_rng(1).uniform(0, 100, (32, 48)).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(lightness)[None, None])[0].permute(1, 2, 0)
    answer = Session(path, device="cpu").run(lightness)
    np.testing.assert_allclose(answer, expected, atol=1e-4)


def test_nothing_is_left_to_restore_once_it_is_loaded(exported, tmp_path):
    kind, _, path = exported
    stored = {node.op_type for node in onnx.load(path).graph.node}
    assert stored & {"Cast", "Mul"} == ({"Cast"} if kind == "fp16" else {"Cast", "Mul"})
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    settings.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "loaded.onnx").graph
    assert not {node.op_type for node in graph.node} & {"Cast", "Mul", "DequantizeLinear"}
    kinds = {tensor.data_type for tensor in graph.initializer}
    assert not kinds & {onnx.TensorProto.INT8, onnx.TensorProto.FLOAT16}


def test_the_command_exports_either(tmp_path):
    torch.manual_seed(0)
    system = build_system("lumiere", HeadSettings(prior=PRIOR), width=0.125)
    recipe = {"recipe": "lumiere", "width": 0.125}
    metadata = {"system": "lumiere", "recipe": recipe, "photographs_seen": 1, "minutes": 0.1}
    save_weights(tmp_path / "weights.safetensors", system, metadata)
    lightness = parity_lightness(64)
    sizes = {}
    for kind, asked in (("fp16", []), ("int8", ["--precision", "int8"])):
        arguments = ["export", tmp_path / "weights.safetensors", "-o", tmp_path / kind, *asked]
        result = CliRunner().invoke(cli, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
        manifest = find_model(tmp_path / kind).manifest
        others = {"fp16": "small tensors fp32", "int8": "other tensors fp16 and fp32"}
        assert manifest.weights.precision == f"{kind}, {others[kind]}"
        sizes[kind] = manifest.weights.bytes
        answer = Colorizer.open(tmp_path / kind).session.run(lightness).transpose(2, 0, 1)
        released = export.release_form(load_weights(tmp_path / "weights.safetensors")[0], kind)
        with torch.inference_mode():
            expected = released(torch.from_numpy(lightness)[None, None])[0]
        np.testing.assert_allclose(answer, expected, atol=1e-4)
        assert check_parity(manifest.parity, answer) < manifest.parity.tolerance
    assert sizes["int8"] < sizes["fp16"]
