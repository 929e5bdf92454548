"""What can be known of the container without an engine."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

PROJECT = Path(__file__).parents[3]
IGNORED = (PROJECT / ".dockerignore").read_text().splitlines()


def instructions():
    """Name and rest of each instruction of the Dockerfile, joined as Docker joins lines."""
    lines = (PROJECT / "Dockerfile").read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("#")).replace("\\\n", "")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line]


def the(name):
    """What is said last by an instruction of this name."""
    return [rest for found, rest in instructions() if found == name][-1]


def environment():
    return dict(item.split("=", 1) for item in the("ENV").split())


def reaches_the_engine(path):
    """Tell whether .dockerignore lets a file through; the last pattern that fits decides."""
    included = True
    for pattern in IGNORED:
        bare = pattern.removeprefix("!")
        parts = [path, *(str(parent) for parent in Path(path).parents)]
        if any(fnmatch.fnmatchcase(part, bare) for part in parts):
            included = pattern.startswith("!")
    return included


def hadolint():
    beside = Path(sys.executable).with_name("hadolint")
    return str(beside) if beside.exists() else shutil.which("hadolint")


@pytest.mark.skipif(not hadolint(), reason="hadolint is not installed")
def test_hadolint_finds_nothing():
    done = subprocess.run(
        [hadolint(), "--no-color", PROJECT / "Dockerfile"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_reaches_the_engine():
    sources = [
        source
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert {"pyproject.toml", "src"} <= set(sources)
    for source in sources:
        assert (PROJECT / source).exists(), source
        assert reaches_the_engine(source), source
    for left_out in (".git", "samples", "weights", "tests", ".venv"):
        assert not reaches_the_engine(left_out)


def test_package_is_built_of_what_is_copied():
    """The readme and the license that pyproject.toml names."""
    named = re.findall(
        r'^readme = "(.+)"|^license-files = \["(.+)"\]',
        (PROJECT / "pyproject.toml").read_text(),
        re.MULTILINE,
    )
    assert len(named) == 2
    for name in filter(None, (part for pair in named for part in pair)):
        assert any(name in rest.split() for found, rest in instructions() if found == "COPY")


def test_it_runs_as_nobody_and_without_a_shell():
    user, _, group = the("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert json.loads(the("ENTRYPOINT")) + json.loads(the("CMD")) == ["autochrome", "serve"]
    assert environment()["AUTOCHROME_SERVE_HOST"] == "0.0.0.0"
    assert the("EXPOSE") == environment()["AUTOCHROME_SERVE_PORT"]


def ask_health(port):
    command = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    assert command[0] == "python"
    return subprocess.run(
        [sys.executable, *command[1:]],
        env={"AUTOCHROME_SERVE_PORT": str(port)},
        capture_output=True,
    ).returncode


def test_health_check_tells_a_server_that_is_ready_from_none(start_server):
    """Stopping it by SIGTERM gives 0; the fixture looks."""
    with start_server(AUTOCHROME_SERVE_TOKEN="secret") as (address, process):
        port = urlsplit(address).port
        assert ask_health(port) == 0
        process.terminate()
        process.wait(60)
        assert ask_health(port) != 0


def test_compose_gives_it_no_more_than_it_needs():
    service = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]["autochrome"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ports"] == [f"127.0.0.1:{the('EXPOSE')}:{the('EXPOSE')}"]
    assert service["tmpfs"][0].startswith("/tmp:")
    assert "AUTOCHROME_SERVE_TOKEN" in service["environment"]  # handed on if it is set
    assert not service.get("privileged")
    assert service["mem_limit"]


def test_compose_has_room_for_what_the_server_keeps():
    from autochrome.web import ServerSettings

    service = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]["autochrome"]
    (size,) = re.findall(r"size=(\d+)g", service["tmpfs"][0])
    assert int(size) * 1e9 > ServerSettings().kept_megabytes * 1e6
    assert int(service["mem_limit"].removesuffix("g")) > int(size)  # which counts as memory
