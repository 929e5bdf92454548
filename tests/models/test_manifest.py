import json
from dataclasses import replace

import pytest

from autochrome.errors import ModelError
from autochrome.models import Manifest


@pytest.fixture
def content(tiny_model):
    return json.loads((tiny_model / "manifest.json").read_text())


@pytest.fixture
def manifest_file(tmp_path):
    return tmp_path / "manifest.json"


def test_round_trip(tiny_model, manifest_file):
    manifest = Manifest.read(tiny_model / "manifest.json")
    manifest.write(manifest_file)
    assert Manifest.read(manifest_file) == manifest
    assert list(manifest_file.parent.iterdir()) == [manifest_file]


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("schema", 2, "schema"),
        ("name", 3, "name"),
        ("name", "../up", "name"),
        ("input.side", "large", "input.side"),
        ("input.side", True, "input.side"),
        ("input.multiple", 6, "input.multiple"),
        ("input.exposure", -0.1, "input.exposure"),
        ("input.exposure", 1.0, "input.exposure"),
        ("input.exposure", "auto", "input.exposure"),
        ("output.boldness", -0.1, "output.boldness"),
        ("output.boldness", 1.1, "output.boldness"),
        ("decode.rebalancing", -0.1, "decode.rebalancing"),
        ("decode.rebalancing", 1.1, "decode.rebalancing"),
        ("decode.kind", "mode", "decode.kind"),
        ("decode.temperature", 0, "decode.temperature"),
        ("decode.prior", [1.0], "decode.prior"),
        ("decode.smoothing", -1, "decode.smoothing"),
        ("decode.smoothing", 6, "decode.smoothing"),
        ("decode.smoothing", 1.5, "decode.smoothing"),
        ("decode.kind", "direct", "output.num_bins"),
        ("decode.prior", ["much"], r"decode.prior\[0\]"),
        ("weights.file", "../../etc/passwd.onnx", "weights.file"),
        ("weights.sha256", "abc", "weights.sha256"),
        ("licence.sources", [{"name": "x"}], r"licence.sources\[0\].terms: missing"),
        ("training", {"photographs": 1}, "training.photographs_seen"),
        ("training.hardware", [], "training.hardware"),
        ("metrics.shards", {"auc": None}, "metrics.shards.auc"),
        ("parity.logits", [], "parity"),
        ("parity.positions", [[0, 0, 99]], "parity"),
        ("surprise", 1, "surprise: unknown key"),
        ("output.surprise", 1, "output.surprise: unknown key"),
    ],
)
def test_wrong_values_name_file_and_key(content, manifest_file, key, value, named):
    *path, last = key.split(".")
    place = content
    for step in path:
        place = place[step]
    place[last] = value
    manifest_file.write_text(json.dumps(content))
    with pytest.raises(ModelError, match=named) as caught:
        Manifest.read(manifest_file)
    assert str(manifest_file) in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("description", 5, "description"),
        ("training", [1], "training"),
        ("metrics", {"full": 3}, "metrics.full"),
        ("metrics", {"full": {"auc": float("nan")}}, "metrics.full.auc"),
        ("recipe", {1, 2}, "set"),
        ("name", "../up", "name"),
    ],
)
def test_what_could_not_be_read_is_not_written(tiny_model, manifest_file, key, value, named):
    manifest = Manifest.read(tiny_model / "manifest.json")
    manifest.write(manifest_file)
    before = manifest_file.read_bytes()
    with pytest.raises(ModelError, match=named):
        replace(manifest, **{key: value}).write(manifest_file)
    assert manifest_file.read_bytes() == before
    assert list(manifest_file.parent.iterdir()) == [manifest_file]


@pytest.mark.parametrize("key", ["schema", "name", "input", "decode", "weights", "parity"])
def test_missing_keys_are_named(content, manifest_file, key):
    del content[key]
    manifest_file.write_text(json.dumps(content))
    with pytest.raises(ModelError, match=f"{key}: missing"):
        Manifest.read(manifest_file)


def test_manifests_without_the_newer_knobs_do_without(content, manifest_file):
    del content["decode"]["smoothing"]
    del content["input"]["exposure"]
    del content["decode"]["rebalancing"], content["output"]["boldness"]
    manifest_file.write_text(json.dumps(content))
    manifest = Manifest.read(manifest_file)
    assert (manifest.decode.smoothing, manifest.input.exposure) == (0, 0)
    assert (manifest.decode.rebalancing, manifest.output.boldness) == (0, 0)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_not_a_manifest(manifest_file, text):
    manifest_file.write_text(text)
    with pytest.raises(ModelError, match="manifest"):
        Manifest.read(manifest_file)


def test_missing_file(manifest_file):
    with pytest.raises(ModelError, match="Cannot read"):
        Manifest.read(manifest_file)


def test_non_finite_numbers_are_refused(content, manifest_file):
    content["parity"]["tolerance"] = float("nan")
    manifest_file.write_text(json.dumps(content))
    with pytest.raises(ModelError, match=r"parity\.tolerance"):
        Manifest.read(manifest_file)
