from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from PIL import Image

from autochrome.batch import (
    Job,
    Journal,
    drive,
    plan_jobs,
    ray_engine,
    run_jobs,
    run_ray_jobs,
)
from autochrome.batch.storage import Url
from autochrome.cli.main import cli
from autochrome.errors import MissingExtraError, ModelError, UnreadablePhotoError, UsageError
from autochrome.pipeline import ColorizeOptions, Colorizer

OPTIONS = ColorizeOptions(saturation=1.5, provenance=False)  # it has a date
GOOD = ("a.png", "b.png", "dies_once.png", "z.png")

pytestmark = [
    # Ray Data's defaults set what Ray Data deprecates.
    pytest.mark.filterwarnings("ignore:`use_:DeprecationWarning:ray.data.context"),
]


@pytest.fixture(scope="module")
def cluster(s3):
    """Ray with two workers, on this machine alone; it sees the S3 server."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
        ray.init(
            "local",
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=100 * 2**20,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
        )
        yield ray
        ray.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Photographs, and what only looks like some."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate((*GOOD, "deadly.png", "kept.png")):
        ramp = np.linspace(10 * number, 255, 40 * 64, dtype=np.uint8).reshape(40, 64)
        Image.fromarray(ramp).save(folder / name)
    (folder / "text.jpg").write_text("no photograph")
    return folder


@pytest.fixture(scope="module")
def serial(folder, tiny_model, tmp_path_factory) -> dict[str, bytes]:
    """What the local engine writes, by name."""
    out = tmp_path_factory.mktemp("serial")
    jobs = [Job(folder / name, out / name) for name in GOOD]
    colorizer = Colorizer.open(tiny_model, device="cpu")
    assert all(result.status == "done" for result in run_jobs(jobs, colorizer, OPTIONS))
    return {name: (out / name).read_bytes() for name in GOOD}


def mortal_worker(marker: Path) -> type:
    """Make a worker that is killed before one photograph, and once after another is written."""

    class MortalColorizer:
        def __init__(self, colorizer):
            self.colorizer = colorizer

        def colorize_file(self, source, *arguments, **how):
            if source.stem == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            result = self.colorizer.colorize_file(source, *arguments, **how)
            if source.stem == "dies_once" and not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return result

    class MortalWorker(ray_engine._Worker):
        def __init__(self, **settings):
            super().__init__(**settings)
            self._settings["colorizer"] = MortalColorizer(self._settings["colorizer"])

    return MortalWorker


@pytest.fixture(scope="module")
def batch(cluster, folder, tiny_model, tmp_path_factory):
    """One run with everything that can happen in it."""
    out = tmp_path_factory.mktemp("out")
    (out / "kept.png").write_bytes(b"kept")
    jobs = [Job(path, out / "sub" / path.name) for path in folder.iterdir() if path.stem != "kept"]
    jobs.append(Job(folder / "kept.png", out / "kept.png", skip=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        jobs.append(Job(Path("a.png"), out / "relative.png"))
        patch.setattr(ray_engine, "_Worker", mortal_worker(out / "died"))
        results = list(run_ray_jobs(jobs, tiny_model, OPTIONS, device="cpu"))
    assert (out / "died").exists()
    return SimpleNamespace(jobs=jobs, out=out, results=results)


class TestBatch:
    def test_every_job_has_one_result(self, batch):
        assert len(batch.results) == len(batch.jobs)
        assert {id(result.job) for result in batch.results} == set(map(id, batch.jobs))

    def test_bytes_are_those_of_the_local_engine(self, batch, serial):
        written = {path.name: path.read_bytes() for path in (batch.out / "sub").iterdir()}
        assert written == serial  # and nothing else, nothing temporary
        assert (batch.out / "relative.png").read_bytes() == serial["a.png"]

    def test_outcomes(self, batch):
        outcomes = {result.job.destination.name: result.status for result in batch.results}
        assert outcomes == {
            **dict.fromkeys((*GOOD, "relative.png"), "done"),
            **dict.fromkeys(("text.jpg", "deadly.png"), "failed"),
            "kept.png": "skipped",
        }
        assert (batch.out / "kept.png").read_bytes() == b"kept"

    def test_failures_are_named(self, batch, folder):
        errors = {result.job.source.name: result.error for result in batch.results if result.error}
        assert errors["text.jpg"].exit_code == 3
        assert str(folder / "text.jpg") in errors["text.jpg"].message
        assert errors["text.jpg"].advice
        assert errors["deadly.png"].message == (
            f"The worker died each time it had {folder / 'deadly.png'}"
        )

    def test_results_say_what_was_measured(self, batch):
        (result,) = (result for result in batch.results if result.job.source.name == "z.png")
        assert (result.result.width, result.result.height, result.result.model) == (64, 40, "tiny")
        assert result.seconds > 0


def test_from_s3_to_s3_by_command(cluster, s3, folder, serial, tiny_model, capfd):
    for name in (*GOOD, "text.jpg"):
        s3.pipe_file(f"photos/ray/x/{name}", (folder / name).read_bytes())
    command = ["colorize", "--model", str(tiny_model), "--device", "cpu", "--engine", "ray"]
    command += [
        "--saturation",
        "1.5",
        "--no-provenance",
        "--json",
        "-r",
        "s3://photos/ray/",
        "-o",
        "s3://photos/new/",
    ]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 8
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    failed = {line["source"]: line["error"]["exit_code"] for line in lines if line["error"]}
    assert failed == {"s3://photos/ray/x/text.jpg": 3}
    written = {line["destination"] for line in lines if line["status"] == "done"}
    assert written == {f"s3://{name}" for name in s3.find("photos/new")}
    assert serial == {
        name.rpartition("/")[2].replace(".color", ""): s3.cat_file(name)
        for name in s3.find("photos/new")
    }
    assert capfd.readouterr().out == ""


def test_the_same_command_again_does_what_is_left(cluster, folder, tiny_model, tmp_path):
    command = ["colorize", "--model", str(tiny_model), "--device", "cpu", "--engine", "ray"]
    command += ["--json", *(str(folder / name) for name in GOOD[:2]), "-o", f"{tmp_path}/out/"]

    def statuses(*more: str) -> list[str]:
        result = CliRunner().invoke(cli, [*command, *more])
        assert result.exit_code == 0, result.stderr
        return sorted(json.loads(line)["status"] for line in result.stdout.splitlines())

    assert statuses() == ["done", "done"]
    assert (tmp_path / "out" / ".autochrome" / "journal.sqlite").exists()
    assert statuses() == ["skipped", "skipped"]
    assert statuses("--overwrite") == ["skipped", "skipped"]
    assert statuses(str(folder / GOOD[3])) == ["done", "skipped", "skipped"]


def test_the_journal_of_photographs_in_s3(cluster, s3, folder, tiny_model, tmp_path):
    for name in GOOD[:2]:
        s3.pipe_file(f"photos/again/in/{name}", (folder / name).read_bytes())

    def run() -> list[str]:
        with Journal(tmp_path / "state", "s") as journal:
            jobs = plan_jobs(
                ["s3://photos/again/in/"], "s3://photos/again/out/", find_made=journal.find_made
            )
            engine = partial(run_ray_jobs, model=tiny_model, options=OPTIONS, device="cpu")
            return [result.status for result in drive(jobs, engine, journal=journal)]

    assert run() == ["done", "done"]
    assert run() == ["skipped", "skipped"]


def test_fail_fast_leaves_the_rest_waiting(cluster, folder, tiny_model, tmp_path, monkeypatch):
    heard = tmp_path / "heard"

    class Slow:
        def colorize_file(self, source, destination, options, **how):
            if source.suffix == ".jpg":
                raise UnreadablePhotoError("no photograph")
            if int(destination.stem) >= 32:  # not in the block of the one that fails
                while not heard.exists():
                    time.sleep(0.02)
            time.sleep(0.05)

    class SlowWorker(ray_engine._Worker):
        def __init__(self, **settings):
            super().__init__(**settings)
            self._settings["colorizer"] = Slow()

    monkeypatch.setattr(ray_engine, "_Worker", SlowWorker)
    jobs = [Job(folder / "text.jpg", tmp_path / "text.jpg")]
    jobs += [Job(folder / "a.png", tmp_path / f"{number}.png") for number in range(100)]
    engine = partial(run_ray_jobs, model=tiny_model, options=OPTIONS, device="cpu", fail_fast=True)
    with Journal(tmp_path / "state", "s") as journal:
        results = []
        for result in drive(jobs, engine, journal=journal, fail_fast=True):
            results.append(result)
            if result.error:
                heard.touch()
    counts = Counter(result.status for result in results)
    assert counts.total() == len(jobs)
    assert counts["failed"] == 1
    assert counts["waiting"] > 0


def test_early_stop_leaves_ray_as_it_was(cluster, folder, tiny_model, tmp_path):
    jobs = [Job(folder / "a.png", tmp_path / f"{number}.png") for number in range(200)]
    results = run_ray_jobs(jobs, tiny_model, OPTIONS, device="cpu")
    assert next(results).status == "done"
    results.close()
    assert cluster.is_initialized()
    assert len(list(tmp_path.glob("*.png"))) < len(jobs)


def test_nothing_to_do_needs_no_ray(folder, tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    jobs = [Job(folder / "a.png", folder / "b.png", skip=True)]
    (result,) = run_ray_jobs(jobs, tiny_model, OPTIONS)
    assert result.status == "skipped"


def test_missing_ray_is_named(folder, tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'autochrome\[ray\]'"):
        list(run_ray_jobs(plan_jobs([folder / "a.png"]), tiny_model, OPTIONS))


def test_cluster_that_is_not_there(folder, tiny_model, monkeypatch):
    def init(address, **how):
        raise ConnectionError(f"nothing at {address}\nand much more")

    ray = SimpleNamespace(is_initialized=lambda: False, init=init)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "ray.data", ray)
    monkeypatch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    jobs = plan_jobs([folder / "a.png"])
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"Cannot reach Ray at {address}: .*refused"):
            list(run_ray_jobs(jobs, tiny_model, OPTIONS, address=address))
    with pytest.raises(UsageError, match="Cannot reach Ray at auto: nothing at auto") as caught:
        list(run_ray_jobs(jobs, tiny_model, OPTIONS, address="auto"))
    assert "\n" not in str(caught.value)


def test_memory_of_one_process_is_refused(tiny_model):
    job = Job(Url("memory://a.png"), Url("memory://b.png"))
    with pytest.raises(UsageError, match="memory of this process"):
        list(run_ray_jobs([job], tiny_model, OPTIONS))


def test_unknown_model_is_found_before_ray_starts(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModelError):
        list(run_ray_jobs(plan_jobs([folder / "a.png"]), "nonsense", OPTIONS))


def test_model_missing_on_another_machine_ends_the_batch(folder):
    """Its worker says so, instead of dying over and over."""
    worker = ray_engine._Worker("nonsense", "cpu", None, options=OPTIONS)
    job = Job(folder / "a.png", folder / "never.png")
    answer = worker({"task": pa.array([pickle.dumps((3, job))])})
    number, result, fatal = pickle.loads(answer["result"][0])
    assert (number, result, type(fatal)) == (3, None, ModelError)
    assert "nonsense" in fatal.message
    assert fatal.advice


def test_trials_tell_deaths_from_repetitions():
    trials = ray_engine._Trials()
    assert trials.begin(7, None) == (0, 0)
    assert trials.begin(8, ended=7) == (0, 0)  # 7 is done; its worker dies with 8
    assert trials.begin(7, None) == (1, 0)  # in the same block as 8, and so done again
    assert trials.begin(8, ended=7) == (1, 1)
    assert trials.begin(8, None) == (2, 2)
    trials.stop()
    assert trials.begin(9, None) is None
