from __future__ import annotations

import json

import pytest


@pytest.fixture(autouse=True)
def _only_tiny(monkeypatch, tiny_model):
    monkeypatch.setenv("AUTOCHROME_MODELS", str(tiny_model.parent))


def test_terms_are_printed(run):
    result = run("models")
    assert result.exit_code == 0
    assert "tiny 1" in result.stdout
    assert "license, code     Apache-2.0" in result.stdout
    assert "license, weights  Apache-2.0" in result.stdout
    assert "none: none" in result.stdout


def test_json(run):
    result = run("models", "--json")
    listed = {line["name"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert listed["tiny"]["licence"]["weights"] == "Apache-2.0"
    assert listed["tiny"]["weights"]["bytes"] > 0


def test_damaged_manifest(run, monkeypatch, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{}")
    monkeypatch.setenv("AUTOCHROME_MODELS", str(tmp_path))
    assert run("models").exit_code == 5
