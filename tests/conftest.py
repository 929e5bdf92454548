"""Fixtures that several rooms share."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from autochrome.color import ab_gamut
from autochrome.models import (
    Decode,
    Input,
    Licence,
    Manifest,
    Output,
    Source,
    Weights,
    parity_lightness,
    record_parity,
)

# No test asserts a time: a busy machine is not a defect.
settings.register_profile("autochrome", deadline=None)
settings.load_profile("autochrome")

_WARM, _COOL = (20, 30), (-10, -30)
_SLOPE = 0.05


def _tiny_logits(lightness):
    """What the tiny model answers: (H, W) L* to (Q, H/4, W/4), light is warm, dark is cool."""
    height, width = lightness.shape
    mean = lightness.reshape(height // 4, 4, width // 4, 4).mean(axis=(1, 3))
    weight, bias = _tiny_weights()
    return weight[:, None, None] * mean + bias[:, None, None]


def _tiny_weights():
    centers = ab_gamut().centers
    warm, cool = ((centers == color).all(axis=1).argmax() for color in (_WARM, _COOL))
    weight = np.zeros(len(centers), dtype=np.float32)
    bias = (-30 - np.arange(len(centers)) / 100).astype(np.float32)
    weight[warm], bias[warm] = _SLOPE, -50 * _SLOPE
    weight[cool], bias[cool] = -_SLOPE, 50 * _SLOPE
    return weight, bias


def _write_tiny_onnx(path: Path) -> None:
    from onnx import TensorProto, checker, helper, numpy_helper, save

    weight, bias = _tiny_weights()
    graph = helper.make_graph(
        [
            helper.make_node(
                "AveragePool", ["lightness"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]
            ),
            helper.make_node("Conv", ["cells", "weight", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("lightness", TensorProto.FLOAT, ["N", 1, "H", "W"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(bias), "h", "w"])],
        [
            numpy_helper.from_array(weight[:, None, None, None], "weight"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    checker.check_model(model)
    save(model, str(path))


@pytest.fixture(scope="session")
def dead_pid() -> int:
    """Give the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def memory():
    """The storage at memory://, empty."""
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]
    yield MemoryFileSystem()
    MemoryFileSystem.store.clear()


@pytest.fixture(scope="session")
def tiny_logits():
    """The tiny model in numpy."""
    return _tiny_logits


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """Folder of a model that needs no training: lightness alone decides the color."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    _write_tiny_onnx(folder / "tiny.onnx")
    data = (folder / "tiny.onnx").read_bytes()
    num_bins = ab_gamut().num_bins
    Manifest(
        schema=1,
        name="tiny",
        version="1",
        system="tiny",
        recipe="none",
        description="Light is warm, dark is cool: for tests.",
        input=Input(multiple=8, side=64),
        output=Output(stride=4, num_bins=num_bins),
        decode=Decode(
            kind="annealed_mean",
            temperature=0.38,
            vividness=0.0,
            prior=(1 / num_bins,) * num_bins,
        ),
        weights=Weights(
            file="tiny.onnx",
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            precision="fp32",
        ),
        licence=Licence(
            code="Apache-2.0", weights="Apache-2.0", sources=(Source(name="none", terms="none"),)
        ),
        training={"photographs": 0, "photographs_seen": 0, "minutes": 0, "hardware": "none"},
        metrics={},
        parity=record_parity(_tiny_logits(parity_lightness(32)), side=32),
    ).write(folder / "manifest.json")
    return folder
