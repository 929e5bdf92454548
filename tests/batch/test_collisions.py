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
