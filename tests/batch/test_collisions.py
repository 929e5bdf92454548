from __future__ import annotations

import os
from pathlib import Path

import pytest

from autochrome.batch import Job
from autochrome.batch.collisions import refuse_collisions
from autochrome.errors import OutputError


@pytest.fixture
def case_blind(monkeypatch):
    """A file system that does not tell A from a."""
    exists = os.path.lexists

    def look(path) -> bool:
        path = Path(path)
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        return exists(path) or path.name.lower() in (other.name.lower() for other in siblings)

    monkeypatch.setattr(os.path, "lexists", look)


def jobs(folder: Path, *names: str) -> list[Job]:
    return [Job(folder / str(i) / name, folder / "out" / name) for i, name in enumerate(names)]


@pytest.mark.parametrize(("count", "last"), [(2, "1.jpg"), (10, "9.jpg"), (13, "and 3 more")])
def test_several_are_told_at_once(tmp_path, count, last):
    outputs = [tmp_path / "out" / f"{i}.jpg" for i in range(count)]
    twins = [Job(tmp_path / kind / out.name, out) for kind in "ab" for out in outputs]
    with pytest.raises(OutputError) as caught:
        refuse_collisions(twins)
    assert caught.value.message.endswith(last)
    lines = caught.value.message.splitlines()
    assert sum("would both be written" in line for line in lines) == min(count, 10)
    inputs = [Job(tmp_path / "b" / out.name, tmp_path / "a" / out.name) for out in outputs]
    with pytest.raises(OutputError, match="would replace the input") as caught:
        refuse_collisions([*twins, *inputs])
    assert len(caught.value.message.splitlines()) == min(count, 11)


TWINS = [("A.jpg", "a.jpg"), ("Straße.jpg", "STRASSE.jpg"), ("e\u0301.jpg", "\u00e9.jpg")]


@pytest.mark.parametrize("names", TWINS)
def test_names_that_differ_in_case_are_two_where_case_counts(tmp_path, names):
    (tmp_path / "file").touch()
    refuse_collisions(jobs(tmp_path, *names))


@pytest.mark.usefixtures("case_blind")
@pytest.mark.parametrize("names", TWINS)
def test_names_that_differ_in_case_are_one_where_it_does_not(tmp_path, names):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="would both be written"):
        refuse_collisions(jobs(tmp_path, *names))
