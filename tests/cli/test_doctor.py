from __future__ import annotations

import json
import sys
from importlib import metadata

import numpy as np
import pytest


def test_all_is_well(run, tiny_model):
    result = run("doctor", "--model", str(tiny_model))
    assert result.exit_code == 0, result.output
    assert "ok    model: tiny 1" in result.stdout
    assert f"ok    NumPy: {np.__version__}" in result.stdout
    assert "CPUExecutionProvider" in result.stdout
    assert "FAIL" not in result.stdout


def test_missing_cuda_is_no_failure_but_comes_with_the_install_lines(run, tiny_model, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    result = run("doctor", "--model", str(tiny_model))
    assert result.exit_code == 0
    assert "--    CUDA" in result.stdout
    assert "pip uninstall -y onnxruntime" in result.stdout
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in result.stdout


def test_missing_model(run):
    result = run("doctor", "--model", "nonsense")
    assert result.exit_code == 5
    assert "FAIL  model" in result.stdout
    assert "ok    temporary folder" in result.stdout


@pytest.fixture
def changed_manifest(tiny_model, tmp_path):
    """The tiny model with another manifest."""

    def change(section, key, value):
        folder = tmp_path / "changed"
        folder.mkdir()
        (folder / "tiny.onnx").write_bytes((tiny_model / "tiny.onnx").read_bytes())
        content = json.loads((tiny_model / "manifest.json").read_text())
        content[section][key] = value
        (folder / "manifest.json").write_text(json.dumps(content))
        return str(folder)

    return change


def test_damaged_weights(run, changed_manifest):
    result = run("doctor", "--model", changed_manifest("weights", "sha256", "0" * 64))
    assert result.exit_code == 5
    assert "damaged" in result.stdout


def test_wrong_answers(run, changed_manifest):
    result = run("doctor", "--model", changed_manifest("parity", "logits", [1e3] * 16))
    assert result.exit_code == 5
    assert "does not answer as it did" in result.stdout


def test_both_runtimes_installed(run, tiny_model, monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: "1.0")
    result = run("doctor", "--model", str(tiny_model))
    assert result.exit_code == 6
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in result.stdout


@pytest.mark.parametrize(
    ("module", "name"), [("numpy", "NumPy"), ("pyvips", "libvips"), ("onnxruntime", "ONNX Runtime")]
)
def test_package_that_cannot_be_imported(run, tiny_model, monkeypatch, module, name):
    monkeypatch.setitem(sys.modules, module, None)
    result = run("doctor", "--model", str(tiny_model))
    assert result.exit_code == 6
    assert f"FAIL  {name}" in result.stdout
    assert "pip install --force-reinstall" in result.stdout


def test_temporary_folder_that_cannot_be_written(run, tiny_model, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    result = run("doctor", "--model", str(tiny_model))
    assert result.exit_code == 4
    assert "TMPDIR" in result.stdout
