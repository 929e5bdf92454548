"""Models are added whole or not at all, whatever stops it."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from PIL import Image

from autochrome.cli.main import cli
from autochrome.errors import DiskFullError, ModelError, OutputError
from autochrome.models import add_model, catalog, find_model, list_models, remove_model
from autochrome.models.manifest import Manifest

KILL = """
import os, pathlib, shutil, signal, sys
from autochrome.cli.main import main

name, when, nth = sys.argv.pop(1).split()
owner, _, attribute = name.rpartition(".")
real, calls = getattr(eval(owner), attribute), 0

def killing(*args, **kwargs):
    global calls
    calls += 1
    if (calls, when) == (int(nth), "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*args, **kwargs)
    if calls == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

setattr(eval(owner), attribute, killing)
main()
"""


@pytest.fixture
def mine(monkeypatch, tmp_path):
    """The user's folder of models."""
    monkeypatch.setenv("AUTOCHROME_MODELS", str(tmp_path / "mine"))
    return tmp_path / "mine"


@pytest.fixture
def newer(tmp_path, tiny_model):
    """Version 2 of the tiny model, with weights that are other bytes."""
    folder = shutil.copytree(tiny_model, tmp_path / "newer")
    graph = onnx.load(folder / "tiny.onnx")
    graph.producer_name = "newer"
    data = graph.SerializeToString()
    (folder / "tiny.onnx").write_bytes(data)
    manifest = Manifest.read(folder / "manifest.json")
    sha256 = hashlib.sha256(data).hexdigest()
    weights = replace(manifest.weights, sha256=sha256, bytes=len(data))
    replace(manifest, version="2", weights=weights).write(folder / "manifest.json")
    return folder


def renamed(model, folder, name):
    shutil.copytree(model, folder)
    replace(Manifest.read(folder / "manifest.json"), name=name).write(folder / "manifest.json")
    return folder


def files_below(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)))


def killed(where, *command):
    process = subprocess.run(
        [sys.executable, "-c", KILL, where, *map(str, command)], capture_output=True
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


@pytest.mark.parametrize("given", ["", "manifest.json"])
def test_it_is_known_by_its_name(mine, tiny_model, given):
    added = add_model(tiny_model / given)
    assert find_model("tiny") == added
    assert added.weights_path.parent == mine / "tiny"
    assert added.weights_path.read_bytes() == (tiny_model / "tiny.onnx").read_bytes()
    assert "tiny" in [manifest.name for manifest in list_models()]


def test_then_it_colors_by_that_name_until_it_is_removed(mine, tiny_model, tmp_path):
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (48, 1))).save(tmp_path / "a.png")
    colorize = ("colorize", tmp_path / "a.png", "--model", "tiny", "--overwrite")
    assert run(*colorize).exit_code == 5
    added = run("models", "add", tiny_model)
    assert added.exit_code == 0, added.output
    assert str(mine / "tiny") in added.stdout
    listed = [json.loads(line) for line in run("models", "--json").stdout.splitlines()]
    assert {"tiny", "lumiere"} <= {model["name"] for model in listed}
    assert run(*colorize).exit_code == 0
    assert (tmp_path / "a.color.png").exists()
    assert run("models", "remove", "tiny").exit_code == 0
    assert run(*colorize).exit_code == 5
    assert not list(mine.iterdir())


def test_one_of_that_name_is_kept_unless_told_to_replace_it(mine, tiny_model, newer):
    add_model(tiny_model)
    with pytest.raises(OutputError, match=r"already, in .*mine.tiny.*--overwrite"):
        add_model(newer)
    assert find_model("tiny").manifest.version == "1"
    assert run("models", "add", newer).exit_code == 4
    assert run("models", "add", newer, "--overwrite").exit_code == 0
    assert find_model("tiny").manifest.version == "2"
    assert len(files_below(mine)) == 2


def test_it_is_replaced_where_it_is_and_other_files_stay(mine, tiny_model, newer):
    shutil.copytree(tiny_model, mine / "a-folder-of-mine")
    (mine / "a-folder-of-mine" / "notes.txt").write_text("keep")
    add_model(newer, overwrite=True)
    assert [path.name for path in mine.iterdir()] == ["a-folder-of-mine"]
    assert find_model("tiny").manifest.version == "2"
    assert "tiny.onnx" not in files_below(mine)
    remove_model("tiny")
    assert files_below(mine) == ["notes.txt"]


def test_one_that_replaces_itself_stays(mine, tiny_model):
    added = add_model(tiny_model)
    assert add_model(added.weights_path.parent, overwrite=True) == added
    assert find_model("tiny") == added


def test_a_folder_of_another_model_is_not_written_into(mine, tiny_model, tmp_path):
    renamed(tiny_model, mine / "tiny", "other")
    with pytest.raises(OutputError, match="another name"):
        add_model(tiny_model, overwrite=True)
    assert find_model("other").manifest.name == "other"


def test_what_comes_with_the_package_is_neither_replaced_nor_removed(mine, tiny_model, tmp_path):
    with pytest.raises(OutputError, match="comes with the package"):
        add_model(renamed(tiny_model, tmp_path / "fake", "lumiere"), overwrite=True)
    with pytest.raises(OutputError, match="comes with the package"):
        remove_model("lumiere")
    assert not mine.exists()
    assert find_model("lumiere").weights_path.parent.parent == catalog._BUNDLED


def damage_weights(folder):
    data = bytearray((folder / "tiny.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "tiny.onnx").write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (damage_weights, "damaged"),
        (lambda folder: (folder / "tiny.onnx").unlink(), "Cannot read the weights"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "not valid"),
        (lambda folder: (folder / "manifest.json").unlink(), "no model in"),
        (shutil.rmtree, "no model in"),
    ],
)
def test_what_is_not_whole_is_refused_before_anything_is_copied(mine, newer, damage, named):
    damage(newer)
    with pytest.raises(ModelError, match=named):
        add_model(newer)
    assert not mine.exists()


def test_weights_that_change_while_they_are_copied(mine, newer, monkeypatch):
    copy = shutil.copyfile

    def changing(source, destination):
        damage_weights(newer)
        copy(source, destination)

    monkeypatch.setattr(shutil, "copyfile", changing)
    with pytest.raises(ModelError, match="damaged"):
        add_model(newer)
    assert files_below(mine) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("full_at", [1, 2])
@pytest.mark.parametrize("before", [False, True])
def test_a_disk_that_is_full_or_forbidden(
    mine, tiny_model, newer, monkeypatch, number, full_at, before
):
    """Whether at the weights or at the manifest, all is as it was."""
    if before:
        add_model(tiny_model)
    found = files_below(mine)
    calls = []

    def full(_):
        calls.append(1)
        if len(calls) == full_at:
            raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError) as caught:
            add_model(newer, overwrite=True)
    assert isinstance(caught.value, DiskFullError) == (number == errno.ENOSPC)
    assert files_below(mine) == found
    assert (mine / "tiny").exists() == before
    if before:
        assert find_model("tiny").manifest.version == "1"
    add_model(newer, overwrite=True)
    assert find_model("tiny").manifest.version == "2"


@pytest.mark.parametrize(
    ("where", "version"),
    [
        ("shutil.copyfile after 1", "1"),
        ("pathlib.Path.replace after 1", "1"),
        ("pathlib.Path.replace before 2", "1"),
        ("pathlib.Path.replace after 2", "2"),
    ],
)
def test_killed_while_it_replaces_one(mine, tiny_model, newer, where, version):
    add_model(tiny_model)
    killed(where, "models", "add", newer, "--overwrite")
    assert find_model("tiny").manifest.version == version
    add_model(newer, overwrite=True)
    assert find_model("tiny").manifest.version == "2"
    assert len(files_below(mine)) == 2


def test_killed_while_it_copies(mine, tiny_model):
    killed("shutil.copyfile after 1", "models", "add", tiny_model)
    assert "tiny" not in [manifest.name for manifest in list_models()]
    add_model(tiny_model)
    assert find_model("tiny").manifest.name == "tiny"
    assert len(files_below(mine)) == 2


def test_one_that_is_not_there_cannot_be_removed(mine, tiny_model):
    add_model(tiny_model)
    with pytest.raises(ModelError, match=r"no model 'tyni'.*tiny"):
        remove_model("tyni")
    assert run("models", "remove", "tyni").exit_code == 5
