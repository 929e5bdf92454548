"""Which engine gets the work, and with what."""

from __future__ import annotations

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
