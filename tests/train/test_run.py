import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch

from autochrome.errors import ModelError, OutputError, UsageError
from autochrome.train.checkpoint import load_weights
from autochrome.train.config import Budget
from autochrome.train.run import train


def losses(folder):
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [loss for record in records for loss in record.get("losses", [])]


def test_resumed_run_equals_an_uninterrupted_one(store, config, tmp_path):
    train(config, store, tmp_path / "whole", Budget(steps=6))
    train(config, store, tmp_path / "parts", Budget(steps=3))
    outcome = train(config, store, tmp_path / "parts", Budget(steps=6), resume=True)
    assert outcome.photographs_seen == 6 * config.batch_size
    assert len(losses(tmp_path / "whole")) == 6
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    whole, _ = load_weights(tmp_path / "whole" / "weights.safetensors")
    parts, _ = load_weights(tmp_path / "parts" / "weights.safetensors")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(value, parts.state_dict()[name], rtol=0, atol=0)


def test_init_starts_from_the_weights_given(store, config, tmp_path):
    train(config, store, tmp_path / "first", Budget(steps=12))
    weights = tmp_path / "first" / "weights.safetensors"
    train(config, store, tmp_path / "second", Budget(steps=1), init=weights)
    train(config, store, tmp_path / "fresh", Budget(steps=1))
    assert losses(tmp_path / "second")[0] < losses(tmp_path / "fresh")[0]


def test_a_run_is_not_overwritten(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="already holds a run"):
        train(config, store, tmp_path, Budget(steps=1))


def test_resume_needs_the_same_recipe(store, config, tmp_path):
    from dataclasses import replace

    train(config, store, tmp_path, Budget(steps=1))
    with pytest.raises(UsageError, match="another recipe"):
        train(replace(config, seed=1), store, tmp_path, Budget(steps=2), resume=True)


def test_resume_without_a_checkpoint(store, config, tmp_path):
    with pytest.raises(ModelError, match="no checkpoint"):
        train(config, store, tmp_path, Budget(steps=1), resume=True)


def test_damaged_checkpoint(store, config, tmp_path):
    train(config, store, tmp_path, Budget(steps=1))
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
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

    outcome = train(config, store, tmp_path, Budget(steps=50), progress=interrupt)
    assert outcome.steps == 2
    load_weights(outcome.weights)
    resumed = train(config, store, tmp_path, Budget(steps=3), resume=True)
    assert resumed.steps == 3


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
        from autochrome.train.run import train
        torch.set_num_threads(1)
        store = load_store([Path(p) for p in {[str(p) for p in shards]!r}])
        config = replace(load_recipe("lumiere"), crop_side=32, batch_size=4, warmup_steps=2)
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
    _, metadata = load_weights(tmp_path / "run" / "weights.safetensors")
    assert metadata["photographs_seen"] == 12


def test_diverged_weights_are_never_kept(store, config, tmp_path):
    from dataclasses import replace

    wild = replace(config, learning_rate=1e12, warmup_steps=0, clip_norm=1e12)
    with pytest.raises(ModelError, match="no longer a number"):
        train(wild, store, tmp_path, Budget(steps=30))
    assert not (tmp_path / "weights.safetensors").exists()


def test_full_disk_is_told(store, config, tmp_path, monkeypatch):
    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autochrome.train.run.save_checkpoint", disk_full)
    with pytest.raises(OutputError, match="No space left"):
        train(config, store, tmp_path, Budget(steps=1))


def test_batch_must_divide_among_processes(store, config):
    from dataclasses import replace

    from autochrome.train.processes import Processes
    from autochrome.train.run import TrainingRun

    with pytest.raises(UsageError, match="divide"):
        TrainingRun(replace(config, batch_size=5), store, Processes(0, 2))
