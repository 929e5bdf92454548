import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from autochrome.atomic import temporary_beside
from autochrome.color import ab_gamut
from autochrome.errors import ModelError, OutputError, UsageError
from autochrome.models import check_parity, find_model, parity_lightness
from autochrome.nn import HeadSettings, build_system
from autochrome.pipeline.session import Session
from autochrome.train import export
from autochrome.train.checkpoint import save_weights
from autochrome.train.release import Knobs, release

KNOBS = Knobs(
    side=64,
    temperature=0.38,
    vividness=-0.2,
    smoothing=2,
    exposure=0.25,
    rebalancing=0.3,
    boldness=0.1,
)


@pytest.fixture(scope="module")
def system():
    """A flagship whose batch norms and gates are far from their initial values."""
    torch.manual_seed(0)
    prior = np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.5))
    system = build_system("lumiere", HeadSettings(prior=prior)).eval()
    for module in system.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    torch.nn.init.normal_(system.head.projection.weight, std=0.1)
    return system


@pytest.fixture(scope="module")
def weights(system, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    recipe = {"recipe": "lumiere"}
    save_weights(
        path,
        system,
        {"system": "lumiere", "recipe": recipe, "photographs_seen": 64, "minutes": 0.1},
    )
    return path


@pytest.fixture(scope="module")
def model(weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "mine"
    release(weights, folder, name="mine", version="1", knobs=KNOBS)
    return folder


def test_manifest_tells_what_was_asked_for(model):
    manifest = find_model(model).manifest
    assert (manifest.name, manifest.system, manifest.recipe) == ("mine", "lumiere", "lumiere")
    assert (manifest.input.side, manifest.decode.vividness) == (64, -0.2)
    assert (manifest.decode.smoothing, manifest.input.exposure) == (2, 0.25)
    assert (manifest.decode.rebalancing, manifest.output.boldness) == (0.3, 0.1)
    assert manifest.training["photographs_seen"] == 64


@pytest.mark.parametrize("size", [(64, 64), (48, 112), (16, 16)])
def test_onnx_equals_torch_with_the_same_rounded_weights(model, weights, size):
    from autochrome.train.checkpoint import load_weights

    released = export.release_form(load_weights(weights)[0])
    lightness = np.random.default_rng(1).uniform(0, 100, size).astype(np.float32)
    with torch.inference_mode():
        expected = released(torch.from_numpy(lightness)[None, None])[0].permute(1, 2, 0).numpy()
    files = find_model(model)
    np.testing.assert_allclose(_session(files).run(lightness), expected, atol=1e-3)


def test_rounding_to_half_hardly_moves_the_color(system, model):
    lightness = np.random.default_rng(2).uniform(0, 100, (64, 64)).astype(np.float32)
    with torch.inference_mode():
        exact = system.predict_ab(torch.from_numpy(lightness)[None, None])[0]
    from autochrome.color import decode_logits

    rounded = decode_logits(_session(find_model(model)).run(lightness))
    assert np.abs(rounded - exact.permute(1, 2, 0).numpy()).max() < 0.05


def test_recorded_parity_holds(model):
    files = find_model(model)
    logits = _session(files).run(parity_lightness(files.manifest.parity.side))
    assert check_parity(files.manifest.parity, logits.transpose(2, 0, 1)) < 1e-3


def test_fusing_batch_norms_changes_nothing(system):
    fused = copy.deepcopy(system)
    export.fuse_batch_norms(fused)
    x = torch.rand(1, 1, 32, 32) * 100
    with torch.inference_mode():
        torch.testing.assert_close(fused(x), system(x), rtol=1e-4, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in fused.modules())


def test_details_go_to_the_manifest(weights, tmp_path):
    details = tmp_path / "details.json"
    details.write_text(json.dumps({"description": "Mine", "sources": {"album": "family"}}))
    manifest = release(weights, tmp_path / "m", name="m", version="2", knobs=KNOBS, details=details)
    assert manifest.description == "Mine"
    assert manifest.licence.sources[0].terms == "family"


@pytest.mark.parametrize("name", ["my model", "", "../up"])
def test_bad_names_are_refused_before_anything_is_written(weights, tmp_path, name):
    with pytest.raises(UsageError, match="no name for a model"):
        release(weights, tmp_path / "m", name=name, version="1", knobs=KNOBS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("not json", ""),
        ("[]", ""),
        ('{"surprise": 1}', ""),
        ('{"training": [1]}', "training"),
        ('{"training": {"x": [1, 2]}}', r"training\.x"),
        ('{"sources": ["a"]}', "sources"),
        ('{"sources": {"a": 1}}', r"sources\.a"),
        ('{"metrics": {"full": 3}}', r"metrics\.full"),
        ('{"metrics": {"full": {"auc": "good"}}}', r"metrics\.full\.auc"),
        ('{"description": 5}', "description"),
        ('{"weights_licence": null}', "weights_licence"),
    ],
)
def test_bad_details_are_refused(weights, tmp_path, content, named):
    details = tmp_path / "details.json"
    details.write_text(content)
    with pytest.raises(UsageError, match=rf"details\.json.*{named}"):
        release(weights, tmp_path / "m", name="m", version="2", knobs=KNOBS, details=details)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("lacks", ["recipe", "photographs_seen", "minutes"])
def test_weights_that_do_not_say_how_they_were_trained_are_refused(system, tmp_path, lacks):
    recipe = {"recipe": "lumiere"}
    metadata = {"system": "lumiere", "recipe": recipe, "photographs_seen": 64, "minutes": 0.1}
    del metadata[lacks]
    save_weights(tmp_path / "weights.safetensors", system, metadata)
    with pytest.raises(ModelError, match=f"how it was trained: it lacks {lacks}"):
        release(
            tmp_path / "weights.safetensors", tmp_path / "m", name="m", version="1", knobs=KNOBS
        )


def test_what_a_killed_export_left_is_removed(weights, tmp_path, dead_pid, monkeypatch):
    left = temporary_beside(tmp_path / "m.onnx")
    left = left.with_name(left.name.replace(f"-{os.getpid()}-", f"-{dead_pid}-"))
    left.touch()
    monkeypatch.setattr("autochrome.train.release.ReleasedNetwork", _exporting)
    with pytest.raises(ExportingError):
        release(weights, tmp_path, name="m", version="1", knobs=KNOBS)
    assert not left.exists()


class ExportingError(Exception):
    """The long work has begun."""


def _exporting(*_):
    raise ExportingError


def test_a_folder_that_cannot_be_is_told_before_the_export(weights, tmp_path, monkeypatch):
    monkeypatch.setattr("autochrome.train.release.ReleasedNetwork", _exporting)
    (tmp_path / "file").touch()
    for output in (tmp_path / "file", tmp_path / "file" / "m", "/proc/x"):
        with pytest.raises(OutputError, match="Choose another folder"):
            release(weights, Path(output), name="m", version="1", knobs=KNOBS)


def test_a_full_disk_leaves_the_older_model(model, weights, tmp_path, full_disk):
    folder = shutil.copytree(model, tmp_path / "mine")
    with full_disk(), pytest.raises(OutputError, match="File too large"):
        release(weights, folder, name="mine", version="2", knobs=KNOBS)
    assert find_model(folder).manifest.version == "1"


EXPORT = """
import sys
from pathlib import Path
from autochrome.train.release import Knobs, release

weights, output = map(Path, sys.argv[1:])
knobs = Knobs(side=64, temperature=0.38, vividness=0.0)
release(weights, output, name="mine", version="1", knobs=knobs)
"""


def test_an_export_is_the_same_in_every_process(weights, tmp_path):
    for seed in "06":  # by which torch wrote its notes in another order
        command = [sys.executable, "-c", EXPORT, str(weights), str(tmp_path / seed)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, env=environment, check=True, capture_output=True)
    for name in ("mine.onnx", "manifest.json"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "6" / name).read_bytes()


def test_a_graph_does_not_tell_where_it_was_exported(model):
    content = (model / "mine.onnx").read_bytes()
    assert b"pkg.torch" not in content
    assert str(Path(export.__file__).parent).encode() not in content


def _session(files):
    return Session(files.weights_path, device="cpu")


@pytest.mark.parametrize("knob", ["rebalancing", "boldness"])
def test_rebalancing_that_was_not_done_is_not_taken_out(system, tmp_path, knob):
    metadata = {"system": "lumiere", "photographs_seen": 64, "minutes": 0.1}
    path = tmp_path / "weights.safetensors"
    save_weights(path, system, metadata | {"recipe": {"recipe": "own", "uniform_mixing": 1.0}})
    knobs = KNOBS._replace(rebalancing=0.0, boldness=0.0)
    with pytest.raises(UsageError, match="lambda = 1 "):
        release(path, tmp_path / "m", name="m", version="1", knobs=knobs._replace(**{knob: 0.1}))
    assert not (tmp_path / "m").exists()
    release(path, tmp_path / "m", name="m", version="1", knobs=knobs)
