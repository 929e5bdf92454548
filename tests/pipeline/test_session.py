import os
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from autochrome.errors import DeviceUnavailableError, ModelError, UsageError
from autochrome.pipeline.session import Session


@pytest.fixture(scope="module")
def weights(tiny_model):
    return tiny_model / "tiny.onnx"


@pytest.mark.parametrize("shape", [(8, 8), (24, 64), (64, 24)])
def test_logits(weights, tiny_logits, shape):
    lightness = np.random.default_rng(0).uniform(0, 100, shape).astype(np.float32)
    logits = Session(weights, device="cpu", num_threads=1).run(lightness)
    assert logits.shape == (shape[0] // 4, shape[1] // 4, 313)
    expected = tiny_logits(lightness).transpose(1, 2, 0)
    np.testing.assert_allclose(logits, expected, atol=1e-3)


def test_missing_cuda_is_an_error_with_the_install_lines(weights, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(DeviceUnavailableError) as caught:
        Session(weights, device="cuda")
    lines = [line.strip() for line in caught.value.advice.splitlines()]
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in lines
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in lines
    assert Session(weights, device="auto").device == "cpu"


def test_cuda_that_silently_falls_back_is_an_error(weights, monkeypatch):
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "get_available_providers",
        lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
    )
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda path, settings, providers: real(path, settings, ["CPUExecutionProvider"]),
    )
    with pytest.raises(DeviceUnavailableError, match="does not work"):
        Session(weights, device="cuda")
    assert Session(weights, device="auto").device == "cpu"


@pytest.mark.parametrize("wrong", [{"device": "tpu"}, {"num_threads": 0}])
def test_wrong_arguments(weights, wrong):
    with pytest.raises(UsageError):
        Session(weights, **wrong)


def test_not_a_network(tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    for path in (tmp_path / "bad.onnx", tmp_path / "missing.onnx"):
        with pytest.raises(ModelError, match="Cannot load"):
            Session(path, device="cpu")


def test_wrong_input_is_a_model_error(weights):
    with pytest.raises(ModelError, match="failed"):
        Session(weights, device="cpu").run(np.zeros((0, 8), dtype=np.float32))


def test_network_reports_to_nobody(weights, tmp_path):
    """Where ONNX Runtime may report its use, its import leaves a file in the temporary folder."""
    code = (
        "import sys; from pathlib import Path; from autochrome.pipeline.session import Session; "
        "Session(Path(sys.argv[1]), device='cpu')"
    )
    environment = {key: os.environ[key] for key in os.environ if key != "ORT_DISABLE_TELEMETRY"}
    environment["TMPDIR"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", code, weights], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []
