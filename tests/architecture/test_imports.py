"""What a plain import may load: the heavy libraries wait until they are needed."""

from __future__ import annotations

import subprocess
import sys

from autochrome.cli.main import COMMANDS

HEAVY = {
    "torch",
    "onnxruntime",
    "onnx",
    "pyvips",
    "cv2",
    "pyarrow",
    "PIL",
    "safetensors",
    "matplotlib",
}
ROOT = "from autochrome.cli.main import cli; cli.main({}, standalone_mode=False)"


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `code`, which may print."""
    report = f"import sys\n{code}\nprint('LOADED', *{{m.partition('.')[0] for m in sys.modules}})"
    output = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    ).stdout
    return set(output.splitlines()[-1].split()[1:])


def test_the_check_itself_sees_what_is_loaded():
    assert "pyvips" in loaded_by("import pyvips")


def test_import_autochrome():
    assert not loaded_by("import autochrome") & HEAVY


def test_root_command_needs_nothing():
    code = "\n".join(ROOT.format(arguments) for arguments in (["--help"], ["completion", "zsh"]))
    assert not loaded_by(code) & (HEAVY | {"numpy", "rich"})


def test_help_of_every_command_is_light():
    code = "\n".join(ROOT.format([name, "--help"]) for name in COMMANDS)
    assert not loaded_by(code) & HEAVY


def test_colorizing_and_measuring_do_not_know_training():
    rooms = ["batch", "color", "degraded", "evaluate", "metrics", "models", "photo", "pipeline"]
    code = "\n".join(f"import autochrome.{room}" for room in rooms)
    assert not loaded_by(code) & {"torch", "cv2", "pyarrow"}


def test_a_condition_loads_only_what_it_needs():
    code = "from autochrome.degraded import open_condition; open_condition('{}')"
    assert "torch" not in loaded_by(code.format("surveillance"))
    assert "av" not in loaded_by(code.format("old"))


def test_training_does_not_know_libvips():
    assert "pyvips" not in loaded_by("import autochrome.data, autochrome.nn, autochrome.train")
