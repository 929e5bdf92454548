"""A folder that is exported into holds a whole model whenever it is left."""

import hashlib
import pickle
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import onnx
import pytest

from autochrome.errors import ModelError, OutputError
from autochrome.models import Manifest, find_model
from autochrome.train.model_folder import place_model

KILL = """
import os, pathlib, pickle, signal, sys
from autochrome.train.model_folder import place_model

when, nth, given = sys.argv[1:]
replace, calls = pathlib.Path.replace, 0

def killing(path, target):
    global calls
    calls += 1
    if (calls, when) == (int(nth), "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(path, target)
    if calls == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.replace = killing
place_model(*pickle.loads(pathlib.Path(given).read_bytes()))
"""


@pytest.fixture
def folder(tiny_model, tmp_path):
    """Of version 1 of the tiny model."""
    return shutil.copytree(tiny_model, tmp_path / "models" / "tiny")


@pytest.fixture
def newer(tiny_model):
    """The graph and the manifest of version 2, whose weights are other bytes."""
    graph = onnx.load(tiny_model / "tiny.onnx")
    graph.producer_name = "newer"
    data = graph.SerializeToString()
    manifest = Manifest.read(tiny_model / "manifest.json")
    sha256 = hashlib.sha256(data).hexdigest()
    weights = replace(manifest.weights, sha256=sha256, bytes=len(data))
    return data, replace(manifest, version="2", weights=weights)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_newer_model_replaces_the_older(folder, newer):
    place_model(*newer, folder)
    assert find_model(folder).manifest == newer[1]
    assert names(folder) == ["manifest.json", "tiny.onnx"]
    place_model(*newer, folder)
    assert names(folder) == ["manifest.json", "tiny.onnx"]


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_leaves_a_whole_model_and_the_next_export_cleans_up(
    folder, newer, tmp_path, when, nth
):
    (tmp_path / "given").write_bytes(pickle.dumps((*newer, folder)))
    command = [sys.executable, "-c", KILL, when, str(nth), str(tmp_path / "given")]
    killed = subprocess.run(command, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # The second file to come into its place is the manifest of the newer model.
    switched = nth > 2 or (nth, when) == (2, "after")
    assert find_model(folder).manifest.version == ("2" if switched else "1")
    place_model(*newer, folder)
    assert find_model(folder).manifest == newer[1]
    assert [name for name in names(folder) if "part" not in name] == ["manifest.json", "tiny.onnx"]


def test_a_full_disk_leaves_the_older_model(folder, newer, full_disk):
    graph, manifest = newer
    with full_disk(), pytest.raises(OutputError, match="File too large"):
        place_model(graph + bytes(200_000), manifest, folder)
    assert find_model(folder).manifest.version == "1"
    assert names(folder) == ["manifest.json", "tiny.onnx"]


def test_an_invalid_manifest_leaves_the_older_model(folder, newer):
    graph, manifest = newer
    with pytest.raises(ModelError, match="training"):
        place_model(graph, replace(manifest, training=[1]), folder)
    assert find_model(folder).manifest.version == "1"
    assert names(folder) == ["manifest.json", "tiny.onnx"]


def test_a_new_folder_is_empty_after_a_failure(newer, tmp_path):
    (tmp_path / "manifest.json").mkdir()  # in the way of the file
    with pytest.raises(OutputError, match="cannot write the model"):
        place_model(*newer, tmp_path)
    assert names(tmp_path) == ["manifest.json"]
