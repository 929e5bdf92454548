"""Which engine gets the work, and with what."""

from __future__ import annotations

import json

import pytest

from autochrome.batch import JobResult


@pytest.fixture
def ray_calls(monkeypatch):
    calls = []

    def run_ray_jobs(jobs, model, options, **how):
        calls.append((model, options.saturation, how))
        return map(JobResult, jobs)

    monkeypatch.setattr("autochrome.cli.batch.run_ray_jobs", run_ray_jobs)
    return calls


@pytest.mark.usefixtures("fake")
def test_ray_gets_model_options_and_address(run, touch, ray_calls):
    touch("a.jpg")
    result = run(
        *("colorize", "--engine", "ray", "--ray-address", "head:6379", "--model", "m"),
        *(
            "--saturation",
            "0.5",
            "--device",
            "cpu",
            "--overwrite",
            "--max-megapixels",
            "9",
            "a.jpg",
        ),
    )
    assert (result.exit_code, result.stdout) == (0, "")
    how = {"device": "cpu", "address": "head:6379", "overwrite": True, "max_megapixels": 9}
    how |= {"fail_fast": False}
    assert ray_calls == [("m", 0.5, how)]


def test_no_model_is_opened_where_only_workers_need_it(run, touch, ray_calls, fake):
    touch("a.jpg")
    assert run("colorize", "--engine", "ray", "a.jpg").exit_code == 0
    assert (len(ray_calls), fake.opened) == (1, [])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--ray-address", "head:6379", "a.jpg"),
        ("--engine", "ray", "--jobs", "2", "a.jpg"),
        ("--engine", "ray", "-", "-o", "b.jpg"),
    ],
)
def test_options_that_do_not_go_together(run, touch, ray_calls, arguments):
    touch("a.jpg")
    assert run("colorize", *arguments).exit_code == 2
    assert ray_calls == []


@pytest.mark.parametrize(
    "arguments", [("-", "-o", "s3://bucket/a.jpg"), ("s3://b/a.jpg", "-o", "-")]
)
def test_stdin_and_addresses_do_not_mix(run, arguments):
    result = run("colorize", *arguments)
    assert result.exit_code == 2
    assert "this machine" in result.stderr


@pytest.mark.usefixtures("fake")
class TestAddresses:
    @pytest.fixture(autouse=True)
    def photographs(self, memory):
        for name in ("a.jpg", "x/b.jpg"):
            memory.pipe_file(f"/in/{name}", b"gray")

    def test_have_no_journal_here(self, run, memory, tmp_path):
        command = ("colorize", "-r", "memory://in", "-o", "memory://out/")
        assert run(*command).exit_code == 0
        assert memory.find("/out") == ["/out/a.color.jpg", "/out/x/b.color.jpg"]
        assert list(tmp_path.iterdir()) == []
        again = run(*command)
        assert (again.exit_code, "outputs exist" in again.stderr) == (4, True)
        assert "2 of 2 exist already" in run(*command, "--skip-existing").stderr

    def test_but_with_state(self, run, memory):
        command = ("colorize", "-r", "memory://in", "-o", "memory://out/", "--state", "state")
        assert run(*command).exit_code == 0
        memory.rm("/out/a.color.jpg")
        result = run(*command, "--json")
        told = {
            line["source"]: line["status"] for line in map(json.loads, result.stdout.splitlines())
        }
        assert told == {"memory://in/a.jpg": "done", "memory://in/x/b.jpg": "skipped"}

    def test_or_into_a_folder_here(self, run, tmp_path):
        command = ("colorize", "-r", "memory://in", "-o", "out/")
        assert run(*command).exit_code == 0
        assert (tmp_path / "out" / ".autochrome" / "journal.sqlite").exists()
        assert "2 of 2 exist already" in run(*command).stderr

    def test_a_journal_cannot_be_far_away(self, run):
        result = run("colorize", "memory://in", "-o", "out/", "--state", "memory://state")
        assert result.exit_code == 2
        assert "--state" in result.stderr

    def test_in_a_list(self, run, touch, memory, tmp_path):
        touch("scans/c.jpg")
        (tmp_path / "list").write_text("memory://in/a.jpg\nmemory://in/x\nscans/c.jpg\n")
        result = run("colorize", "--files-from", "list", "-o", "memory://out/")
        assert result.exit_code == 0, result.stderr
        names = ["/out/a.color.jpg", "/out/b.color.jpg", "/out/scans/c.color.jpg"]
        assert memory.find("/out") == names

    def test_of_photographs_in_a_list_are_not_asked_for(self, run, tmp_path, monkeypatch):
        (tmp_path / "list").write_text("".join(f"memory://in/{n}.jpg\n" for n in range(100)))
        monkeypatch.setattr("autochrome.batch.storage.Url.is_dir", None)
        assert run("colorize", "--files-from", "list", "-o", "out/", "--dry-run").exit_code == 0

    @pytest.mark.parametrize(
        "arguments",
        [("memory://in",), ("in", "-o", "memory://out/"), ("in", "--engine", "ray")],
    )
    def test_are_not_watched(self, run, touch, arguments):
        touch("in/a.jpg")
        result = run("colorize", "--watch", *arguments)
        assert result.exit_code == 2
        assert "this machine" in result.stderr
