import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.atomic import temporary_beside
from autochrome.data import load_store
from autochrome.errors import ModelError, OutputError, UsageError
from autochrome.train import checkpoint
from autochrome.train.checkpoint import load_weights
from autochrome.train.config import Budget
from autochrome.train.processes import Processes
from autochrome.train.run import TrainingRun, train

ALONE = Processes(0, 1, torch.device("cpu"))


def losses(folder):
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [loss for record in records for loss in record.get("losses", [])]


def hashes(folder):
    """Of the files that the next run can go on from."""
    files = ("checkpoint.pt", "weights.safetensors")
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files]


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_resumed_run_equals_an_uninterrupted_one(store, config, tmp_path, optimizer):
    config = replace(config, optimizer=optimizer, width=0.25)
    train(config, store, tmp_path / "whole", Budget(steps=6))
    train(config, store, tmp_path / "parts", Budget(steps=3))
    totals = train(config, store, tmp_path / "parts", Budget(steps=6), resume=True)
    assert totals.photographs_seen == 6 * config.batch_size
    assert len(losses(tmp_path / "whole")) == 6
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    whole, _ = load_weights(tmp_path / "whole" / "weights.safetensors")
    parts, _ = load_weights(tmp_path / "parts" / "weights.safetensors")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(value, parts.state_dict()[name], rtol=0, atol=0)


def test_init_starts_from_the_weights_given(store, config, tmp_path):
    train(config, store, tmp_path / "first", Budget(steps=12))
    weights = tmp_path / "first" / "weights.safetensors"
    run = TrainingRun(config, store, ALONE, init=weights)
    for name, value in load_weights(weights)[0].state_dict().items():
        torch.testing.assert_close(run.system.state_dict()[name], value)
    totals = train(config, store, tmp_path / "second", Budget(steps=1), init=weights)
    assert (totals.steps, totals.photographs_seen) == (13, 13 * config.batch_size)


def test_init_goes_on_where_the_photographs_ended(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=2))
    run = TrainingRun(config, store, ALONE, init=tmp_path / "weights.safetensors")
    asked = []
    batches = run.batches
    run.batches = lambda step: asked.append(step) or batches(step)
    run.train_step()
    assert asked == [2]


def test_init_refuses_weights_of_another_width(store, config, tmp_path):
    train(replace(config, width=0.125), store, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="of its paper's channels"):
        TrainingRun(config, store, ALONE, init=tmp_path / "weights.safetensors")


def test_init_takes_the_new_photographs_prior_and_rebalancing(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    other = replace(store, prior=store.prior[::-1].copy())
    plain = replace(config, uniform_mixing=1.0)
    run = TrainingRun(plain, other, ALONE, init=tmp_path / "weights.safetensors")
    np.testing.assert_allclose(run.system.head.prior, other.prior, rtol=1e-6)
    np.testing.assert_allclose(run.system.head.rebalancing_weights, 1, rtol=1e-6)


def test_a_run_is_not_overwritten(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="already holds a run"):
        train(config, store, tmp_path, Budget(steps=1))


def test_resume_needs_the_same_recipe(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="another recipe"):
        train(replace(config, seed=1), store, tmp_path, Budget(steps=2), resume=True)


def test_resume_needs_the_same_photographs(shards, store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    fewer = load_store(shards, limit=3)
    with pytest.raises(UsageError, match="other photographs"):
        train(config, fewer, tmp_path, Budget(steps=2), resume=True)


def test_resume_without_a_checkpoint(store, config, tmp_path):
    with pytest.raises(ModelError, match="no checkpoint"):
        train(config, store, tmp_path, Budget(steps=1), resume=True)


def test_damaged_checkpoint(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a readable checkpoint"):
        train(config, store, tmp_path, Budget(steps=2), resume=True)


def test_validation_is_logged(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1), validate=lambda system: {"auc": 50.0})
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["validation"] == {"auc": 50.0}


def test_a_signal_leaves_usable_weights(store, config, tmp_path):
    def interrupt(steps, *, total, description):
        for step in steps:
            if step == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            yield step

    assert train(config, store, tmp_path, Budget(steps=50), progress=interrupt).steps == 2
    load_weights(tmp_path / "weights.safetensors")
    resumed = train(config, store, tmp_path, Budget(steps=3), resume=True)
    assert resumed.steps == 3


def test_more_signals_do_not_end_it_sooner(store, config, tmp_path):
    def interrupt(steps, *, total, description):
        for step in steps:
            for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
                signal.raise_signal(number)
            yield step

    assert train(config, store, tmp_path, Budget(steps=50), progress=interrupt).steps == 1
    load_weights(tmp_path / "weights.safetensors")


def test_it_trains_in_a_thread(store, config, tmp_path):
    with ThreadPoolExecutor(1) as pool:
        totals = pool.submit(train, config, store, tmp_path, Budget(steps=1)).result()
    assert totals.steps == 1
    load_weights(tmp_path / "weights.safetensors")


def test_two_processes_train_as_one(shards, config, tmp_path):
    """Started by torchrun over gloo: equal weights in both, one log, one batch shared out."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        from dataclasses import replace
        from pathlib import Path
        import torch
        from autochrome.data import load_store
        from autochrome.train.config import Budget
        from autochrome.train.recipes import load_recipe
        from autochrome.train import run as run_module
        from autochrome.train.run import train
        torch.set_num_threads(1)
        store = load_store([Path(p) for p in {[str(p) for p in shards]!r}])
        config = replace(load_recipe("lumiere_cpu"), crop_side=32, batch_size=4, warmup_steps=2,
                         optimizer="muon", width=0.25)
        # Every process says which weights it ends with.
        train_step = run_module.TrainingRun.train_step
        def told(run, factor=1.0):
            loss = train_step(run, factor)
            total = sum(float(p.double().sum()) for p in run.system.parameters())
            rank = run.processes.rank
            Path({str(tmp_path)!r}, f"rank{{rank}}").write_text(f"{{run.step}} {{total!r}}")
            return loss
        run_module.TrainingRun.train_step = told
        train(config, store, Path({str(tmp_path / "run")!r}), Budget(steps=3))
        """)
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    # Any free port: two suites may run on one machine.
    command += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(losses(tmp_path / "run")) == 3
    first, second = ((tmp_path / f"rank{rank}").read_text() for rank in range(2))
    assert first == second
    assert first.startswith("3 ")
    _, metadata = load_weights(tmp_path / "run" / "weights.safetensors")
    assert metadata["photographs_seen"] == 12


def test_diverged_weights_are_never_kept(store, config, tmp_path, monkeypatch):
    train(config, store, tmp_path, Budget(steps=1))
    before = hashes(tmp_path)
    run_step = TrainingRun.train_step

    def explode(run, factor=1.0):
        loss = run_step(run, factor)
        run.averaged.network.head.projection.bias.fill_(float("nan"))
        return loss

    monkeypatch.setattr(TrainingRun, "train_step", explode)
    with pytest.raises(ModelError, match="diverged"):
        train(config, store, tmp_path, Budget(steps=2), resume=True)
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("saved", ["save_checkpoint", "save_weights"])
def test_full_disk_is_told(store, config, tmp_path, monkeypatch, full_disk, saved):
    train(config, store, tmp_path, Budget(steps=1))
    before = hashes(tmp_path)[saved == "save_weights"]
    save = getattr(checkpoint, saved)

    def save_to_a_full_disk(*what):
        with full_disk():
            save(*what)

    monkeypatch.setattr(f"autochrome.train.recorder.{saved}", save_to_a_full_disk)
    with pytest.raises(OutputError, match=r"File too large.*then --resume"):
        train(config, store, tmp_path, Budget(steps=2), resume=True)
    assert hashes(tmp_path)[saved == "save_weights"] == before
    assert not list(tmp_path.glob(".autochrome-*"))


def test_a_log_that_cannot_be_written_is_told(store, config, tmp_path):
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        train(config, store, tmp_path, Budget(steps=1))


def test_what_a_killed_run_left_is_removed(store, config, tmp_path, dead_pid):
    left = temporary_beside(tmp_path / "checkpoint.pt")
    left = left.with_name(left.name.replace(f"-{os.getpid()}-", f"-{dead_pid}-"))
    left.touch()
    train(config, store, tmp_path, Budget(steps=1))
    assert not left.exists()


@pytest.mark.parametrize("state", [{"model": {}}, {}, [1, 2], {"config": 3}, {"config": {}}])
def test_a_checkpoint_from_elsewhere(store, config, tmp_path, state):
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(ModelError, match="checkpoint"):
        train(config, store, tmp_path, Budget(steps=1), resume=True)


def test_a_checkpoint_of_another_network(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    path = tmp_path / "checkpoint.pt"
    state = torch.load(path, weights_only=True)
    del state["system"]["head.projection.bias"]
    torch.save(state, path)
    with pytest.raises(ModelError, match=r"projection\.bias.*--init"):
        train(config, store, tmp_path, Budget(steps=2), resume=True)


@pytest.mark.parametrize(
    "change", [{"steps": "many"}, {"minutes": None}, {"recipe": {}}, {"recipe": []}]
)
def test_init_refuses_weights_that_do_not_say_how_they_were_trained(
    store, config, tmp_path, change
):
    run = TrainingRun(config, store, ALONE)
    path = tmp_path / "weights.safetensors"
    checkpoint.save_weights(path, run.system, run.metadata() | change)
    with pytest.raises(ModelError, match=f"{path}.*{next(iter(change))}"):
        TrainingRun(config, store, ALONE, init=path)


def test_ageing_is_as_the_recipe_says(store, config):
    def seen(**ageing):
        aged = replace(config, old_photograph_probability=1.0, frame_probability=0.0, **ageing)
        return TrainingRun(aged, store, ALONE).batches(0)

    once, copied = seen(), seen(num_copies=1)
    assert torch.equal(once.clean, copied.clean)
    assert not torch.equal(once.lightness, copied.lightness)
    for exposure in ("double_exposure_probability", "underexposure_probability"):
        exposed = seen(**{exposure: 1.0})
        assert not torch.equal(once.clean, exposed.clean)


def test_batch_must_divide_among_processes(store, config):
    with pytest.raises(UsageError, match="divide"):
        TrainingRun(replace(config, batch_size=5), store, Processes(0, 2, torch.device("cpu")))
