"""The examples of docs/web.md do what they say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autochrome.photo import open_photo
from autochrome.web.metrics import Metrics
from autochrome.web.problems import KINDS
from autochrome.web.queue import WorkQueue

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "docs" / "web.md").read_text()
EXAMPLES = re.findall(r"^```(bash|python|javascript)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
PROGRAMS = {
    "bash": (["bash", "-euo", "pipefail"], "sh"),
    "python": ([sys.executable, "-W", "error"], "py"),
    "javascript": (["node"], "mjs"),
}


def test_there_is_an_example_in_each_language():
    assert {language for language, _ in EXAMPLES} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("language", "code"), EXAMPLES, ids=[f"{i}-{example[0]}" for i, example in enumerate(EXAMPLES)]
)
def test_example(language, code, start_server, tmp_path):
    needed = ["bash", "curl", "grep", "cut"] if language == "bash" else PROGRAMS[language][0][:1]
    for program in needed:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    folder = tmp_path / "example"
    folder.mkdir()
    shutil.copy(min((PROJECT / "samples").glob("*.jpg")), folder / "old.jpg")
    command, suffix = PROGRAMS[language]
    script = folder / f"example.{suffix}"
    with start_server(AUTOCHROME_SERVE_TOKEN="") as (address, _):
        assert ADDRESS in code
        script.write_text(code.replace(ADDRESS, address))
        done = subprocess.run(
            [*command, script.name],
            cwd=folder,
            env=os.environ | {"TOKEN": "none"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    promised = set(re.findall(r"\bnew\.\w+|\bgray\.jpg|\bcolor\.npy", code))
    assert promised == {path.name for path in folder.iterdir()} - {"old.jpg", script.name}
    for name in promised - {"color.npy"}:
        photo = open_photo(folder / name)
        assert photo.suffix == Path(name).suffix


def test_every_kind_of_problem_is_in_the_table():
    section = TEXT.partition("### Problems")[2].partition("###")[0]
    rows = re.findall(r"^\| (`.+?) \| (\d+) \|", section, re.MULTILINE)
    told = {kind: int(status) for kinds, status in rows for kind in re.findall("`(.+?)`", kinds)}
    assert told == {kind: status for kind, (status, _) in KINDS.items()}


def test_every_metric_is_in_the_table():
    queue = WorkQueue(1, 1, 1.0)
    families = Metrics(queue).registry.collect()
    queue.close()
    named = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    }
    section = TEXT.partition("### Metrics")[2].partition("\n## ")[0]
    assert named == set(re.findall(r"`(autochrome_\w+)`", section))


def test_every_option_is_in_the_table():
    from autochrome.cli.serve import serve

    known = {name for option in serve.params for name in option.opts if name.startswith("--")}
    section = TEXT.partition("## Options")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(--[\w-]+)", section)) - {"--help"}
    assert told == known - {"--open", "--quiet", "--verbose", "--help"}
