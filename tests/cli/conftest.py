from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from autochrome.cli.main import cli
from autochrome.errors import (
    DiskFullError,
    ModelError,
    PhotoMemoryError,
    UnreadablePhotoError,
)
from autochrome.models import DEFAULT_MODEL, ModelFiles, find_model
from autochrome.pipeline import ColorizeResult

ERRORS = {
    "bad": UnreadablePhotoError("bad.jpg is not a photograph", "Look at it."),
    "huge": MemoryError(),
    "bug": ZeroDivisionError("oops"),
    "full": DiskFullError("The disk is full", "Make room."),
    "stop": KeyboardInterrupt(),
}


class FakeColorizer:
    """Writes what it was asked to do; fails on names and contents that ask for it."""

    manifest = SimpleNamespace(name="fake")
    device = "cpu"
    opened: ClassVar[list[dict]] = []

    @classmethod
    def open(cls, model, **how):
        cls.opened.append({"model": model, **how})
        return cls()

    def colorize_file(self, source, destination, options, *, overwrite, max_megapixels):
        if not source.exists():
            raise UnreadablePhotoError(f"{source} does not exist")
        if source.stem in ERRORS:
            raise ERRORS[source.stem]
        if source.read_bytes() == b"huge":
            raise PhotoMemoryError(f"{source} is too big")
        destination.write_text(json.dumps({"saturation": options.saturation}))
        return ColorizeResult(source, destination, 2, 1, "fake")


def find_fake_model(model: str = DEFAULT_MODEL) -> ModelFiles:
    """Know every model but "unknown"; each is as the default one."""
    if model == "unknown":
        raise ModelError("no model 'unknown'", "Try another.")
    return find_model()


@pytest.fixture
def fake(monkeypatch) -> type[FakeColorizer]:
    """A colorizer that is quick and fails on demand, in place of the real one."""
    monkeypatch.setattr("autochrome.pipeline.Colorizer", FakeColorizer)
    monkeypatch.setattr("autochrome.models.find_model", find_fake_model)
    monkeypatch.setattr(FakeColorizer, "opened", [])
    return FakeColorizer


@pytest.fixture
def run(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, stdin: bytes | None = None, env: dict | None = None) -> Result:
        return CliRunner().invoke(
            cli, list(arguments), input=stdin, env=env, prog_name="autochrome"
        )

    return invoke


@pytest.fixture
def touch(tmp_path) -> Callable[..., None]:
    """Make empty files in the folder where commands run."""

    def make(*names: str) -> None:
        for name in names:
            path = Path(tmp_path, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    return make
