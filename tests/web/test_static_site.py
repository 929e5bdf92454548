"""The folder of the page in the browser: what is in it, and when it is not written."""

import base64
import hashlib
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from autochrome.cli.main import cli
from autochrome.color import ab_gamut, class_rebalancing_weights
from autochrome.errors import MissingExtraError, ModelError, OutputError
from autochrome.models import Manifest
from autochrome.photo.naming import READABLE_SUFFIXES
from autochrome.web.static_site import RUNTIME_FILES, write_static_site


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """What looks like ONNX Runtime Web; more is in the package than is needed."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in (*RUNTIME_FILES, "ort.webgpu.min.mjs"):
        (folder / name).write_text(f"// {name}")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory, tiny_model):
    """The tiny model, with knobs that are not the defaults."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(tiny_model, folder)
    manifest = Manifest.read(folder / "manifest.json")
    replace(
        manifest,
        input=replace(manifest.input, exposure=0.4),
        output=replace(manifest.output, boldness=0.2),
        decode=replace(manifest.decode, vividness=-0.1, rebalancing=0.3, smoothing=3),
    ).write(folder / "manifest.json")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory, runtime, model):
    folder = tmp_path_factory.mktemp("sites") / "site"
    write_static_site(folder, runtime=runtime, model=model)
    return folder


def names_in(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_page_lets_every_format_be_chosen_that_is_read(site):
    (accepted,) = re.findall(r'accept="([^"]*)"', (site / "index.html").read_text())
    known_to_browsers = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif"}
    assert set(accepted.split(",")) == {"image/*"} | (READABLE_SUFFIXES - known_to_browsers)


def test_the_page_is_told_to_use_the_browser(site):
    index = (site / "index.html").read_text()
    assert 'data-engine="browser"' in index
    assert 'data-engine="server"' not in index


def test_policy_comes_before_anything_is_loaded(site):
    index = (site / "index.html").read_text()
    policy = index.index('http-equiv="Content-Security-Policy"')
    assert policy < min(index.index(tag) for tag in ("<script", "<link"))


def test_addresses_are_relative_so_that_any_folder_will_do(site):
    index = (site / "index.html").read_text()
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', index)
    assert addresses
    for address in addresses:
        assert (site / address).is_file(), address


def test_only_what_is_needed_of_the_runtime_with_its_license(site):
    names = {path.name for path in (site / "onnxruntime").iterdir()}
    assert names == {*RUNTIME_FILES, "LICENSE.txt"}
    assert "MIT License" in (site / "onnxruntime" / "LICENSE.txt").read_text()


def test_model_is_described(site, model):
    manifest = Manifest.read(model / "manifest.json")
    described = json.loads((site / "model.json").read_text())
    data = (site / described["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == described["sha256"] == manifest.weights.sha256
    assert len(data) == described["bytes"]
    assert (described["multiple"], described["side"], described["stride"]) == (8, 64, 4)
    assert (described["exposure"], described["boldness"]) == (0.4, 0.2)
    assert described["decode"] == {
        "kind": "annealed_mean",
        "temperature": 0.38,
        "vividness": -0.1,
        "rebalancing": 0.3,
        "smoothing": 3,
    }
    np.testing.assert_array_equal(described["centers"], ab_gamut().centers)
    weights = class_rebalancing_weights(manifest.decode.prior)
    np.testing.assert_allclose(described["rebalancing_weights"], weights, rtol=1e-12)
    assert described["licence"]["weights"] == "Apache-2.0"


def kept_files(site):
    code = (site / "sw.js").read_text()
    return json.loads(code[len("const FILES = ") : code.index(";\n")])


def test_service_worker_keeps_every_file_by_its_hash(site):
    files = kept_files(site)
    assert set(files) == names_in(site) - {"sw.js"}
    for name, digest in files.items():
        actual = hashlib.sha256((site / name).read_bytes()).digest()
        assert base64.b64decode(digest) == actual, name


def test_another_model_makes_another_service_worker(site, runtime, tmp_path):
    write_static_site(tmp_path / "flagship", runtime=runtime)
    files, others = kept_files(site), kept_files(tmp_path / "flagship")
    assert {name for name in files if files[name] != others[name]} == {"model.onnx", "model.json"}


def test_missing_runtime_says_how_to_get_it(tmp_path, tiny_model):
    with pytest.raises(MissingExtraError, match="npm pack onnxruntime-web") as caught:
        write_static_site(tmp_path / "site", runtime=tmp_path, model=tiny_model)
    assert RUNTIME_FILES[0] in caught.value.message
    assert not (tmp_path / "site").exists()


def test_a_folder_with_something_in_it_is_refused(tmp_path, runtime, tiny_model):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="not an empty folder"):
        write_static_site(tmp_path, runtime=runtime, model=tiny_model)
    assert names_in(tmp_path) == {"letter.txt"}


def test_an_empty_folder_is_taken(tmp_path, runtime, tiny_model):
    folder = tmp_path / "site"
    folder.mkdir()
    write_static_site(folder, runtime=runtime, model=tiny_model)
    assert (folder / "index.html").is_file()


def test_nothing_is_left_after_an_error(tmp_path, runtime, tiny_model, monkeypatch):
    def full(site):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autochrome.web.static_site._service_worker", full)
    with pytest.raises(OutputError, match="No space left"):
        write_static_site(tmp_path / "site", runtime=runtime, model=tiny_model)
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_a_distribution_is_refused(tmp_path, runtime, tiny_model):
    content = json.loads((tiny_model / "manifest.json").read_text())
    content["decode"] = {"kind": "direct", "temperature": 1, "vividness": 0, "prior": []}
    content["output"]["num_bins"] = 0
    content["parity"]["positions"] = [[0, 0, 0]]
    content["parity"]["logits"] = [0]
    direct = tmp_path / "direct"
    direct.mkdir()
    (direct / "manifest.json").write_text(json.dumps(content))
    (direct / "tiny.onnx").write_bytes((tiny_model / "tiny.onnx").read_bytes())
    with pytest.raises(ModelError, match="one color a place"):
        write_static_site(tmp_path / "site", runtime=runtime, model=direct)


def test_command(tmp_path, runtime, tiny_model):
    folder = tmp_path / "site"
    arguments = ["page", str(folder), "--runtime", str(runtime), "--model", str(tiny_model)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "Apache-2.0" in result.output
    assert kept_files(folder)


def test_command_without_a_runtime(tmp_path):
    arguments = ["page", str(tmp_path / "site"), "--runtime", str(tmp_path)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == MissingExtraError.exit_code
