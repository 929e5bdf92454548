"""What forbids a run or an export is told before the long work."""

import pytest

from autochrome.errors import AutochromeError


class DecodingError(AutochromeError):
    """Photographs were decoded."""


@pytest.fixture(autouse=True)
def decoding(monkeypatch):
    """Fail as soon as photographs are decoded."""

    def load_store(*_, **__):
        raise DecodingError("decoded")

    monkeypatch.setattr("autochrome.data.load_store", load_store)


@pytest.fixture
def train(run, tmp_path):
    (tmp_path / "shards").mkdir()
    (tmp_path / "file").touch()
    return lambda *arguments: run("train", "lumiere_cpu", "--data", "shards", *arguments)


def test_an_unknown_recipe_is_told_before_what_else_is_missing(run, tmp_path):
    (tmp_path / "shards").mkdir()
    result = run("train", "nosuch", "--data", "shards")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: unknown recipe 'nosuch'\nKnown: dahl2016, ")
    result = run("train", "lumiere_cpu", "--data", "shards")
    assert (result.exit_code, "how long?" in result.stderr) == (2, True)


@pytest.mark.parametrize("output", ["file", "file/x", "/proc/x", "x" * 300])
def test_a_folder_that_cannot_be(train, output):
    result = train("--steps", "1", "-o", output)
    assert result.exit_code == 4, result.stderr
    assert f"cannot write to {output}" in result.stderr
    assert "Choose another folder" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--minutes", "nan"), "minutes"),
        (("--minutes", "inf"), "minutes"),
        (("--steps", "1", "--decay", "nan"), "decay"),
    ],
)
def test_a_length_that_is_no_number(train, tmp_path, arguments, named):
    result = train(*arguments, "-o", "out")
    assert result.exit_code == 2, result.stderr
    assert named in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_good_one_goes_on_to_the_photographs(train, tmp_path):
    result = train("--minutes", "1", "-o", "out")
    assert result.stderr == "Error: decoded\n"
    assert not list((tmp_path / "out").iterdir())
