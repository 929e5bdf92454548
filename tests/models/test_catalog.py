import shutil

import pytest

from autochrome.errors import ModelError
from autochrome.models import catalog, find_model, list_models


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    """No model is installed."""
    monkeypatch.setattr(catalog, "_BUNDLED", tmp_path / "bundled")
    monkeypatch.setenv("AUTOCHROME_MODELS", str(tmp_path / "mine"))
    return tmp_path


@pytest.fixture
def installed(folders, tiny_model):
    return shutil.copytree(tiny_model, folders / "mine" / "any-folder-name")


def test_nothing_installed():
    assert list_models() == []
    with pytest.raises(ModelError, match=r"no model 'lumiere'.*none.*mine"):
        find_model()


def test_found_by_name_folder_and_manifest(installed):
    assert [manifest.name for manifest in list_models()] == ["tiny"]
    by_name = find_model("tiny")
    assert by_name.weights_path == installed / "tiny.onnx"
    assert by_name == find_model(installed) == find_model(str(installed / "manifest.json"))


def test_unknown_name_lists_the_known_ones(installed):
    with pytest.raises(ModelError, match="Models present: tiny"):
        find_model("tyni")


def test_bundled_wins(installed, folders):
    bundled = shutil.copytree(installed, folders / "bundled" / "tiny")
    assert find_model("tiny").weights_path.parent == bundled
    assert len(list_models()) == 1


def test_damaged_weights(installed):
    weights = installed / "tiny.onnx"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        find_model("tiny")


def test_missing_weights(installed):
    (installed / "tiny.onnx").unlink()
    with pytest.raises(ModelError, match="Cannot read the weights"):
        find_model("tiny")


def test_damaged_manifest_is_named(installed):
    (installed / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match="any-folder-name"):
        list_models()


def test_platform_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("AUTOCHROME_MODELS")
    monkeypatch.setattr(catalog.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert catalog.user_folder() == tmp_path / "autochrome" / "models"
