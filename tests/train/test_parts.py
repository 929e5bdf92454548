import shutil

import pytest
import torch

from autochrome.errors import ModelError
from autochrome.train.checkpoint import load_checkpoint, save_checkpoint
from autochrome.train.config import Budget
from autochrome.train.parts import open_whole, part_names, write_parts
from autochrome.train.run import train

STATE = {"numbers": torch.arange(700_000, dtype=torch.float32), "step": 3}  # 2.7 MiB


def test_parts_are_small_and_hold_all(tmp_path):
    save_checkpoint(tmp_path / "checkpoint.pt", STATE, max_file_mib=1)
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 1 + 3
    assert max(sizes) == 2**20
    loaded = load_checkpoint(tmp_path / "checkpoint.pt")
    assert torch.equal(loaded["numbers"], STATE["numbers"])
    assert loaded["step"] == 3


@pytest.mark.parametrize("size", [1, 9, 10, 11, 30])
def test_any_size(tmp_path, size):
    write_parts(bytes(range(size)), tmp_path / "divided", 10)
    assert len(part_names(tmp_path / "divided")) == -(-size // 10)
    assert open_whole(tmp_path / "divided").read() == bytes(range(size))


def test_a_newer_checkpoint_leaves_none_of_the_older_parts(tmp_path):
    path = tmp_path / "checkpoint.pt"
    path.with_name("checkpoint.pt.backup-2").touch()  # somebody's own
    save_checkpoint(path, STATE, max_file_mib=1)
    save_checkpoint(path, {**STATE, "step": 4}, max_file_mib=2)
    assert load_checkpoint(path)["step"] == 4
    assert len(list(tmp_path.iterdir())) == 1 + 2 + 1
    save_checkpoint(path, STATE)
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "checkpoint.pt.backup-2"}


def test_full_disk_leaves_the_older_one(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, STATE, max_file_mib=1)

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autochrome.train.parts.json.dumps", disk_full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, {**STATE, "step": 4}, max_file_mib=1)
    assert load_checkpoint(path)["step"] == 3
    assert len(list(tmp_path.iterdir())) == 1 + 3


def test_a_missing_part_is_told(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, STATE, max_file_mib=1)
    path.with_name(part_names(path)[1]).unlink()
    with pytest.raises(ModelError, match="not a readable checkpoint"):
        load_checkpoint(path)


def test_a_run_goes_on_from_parts_that_were_moved(store, config, tmp_path):
    train(config, store, tmp_path / "here", Budget(steps=2), max_file_mib=1)
    assert part_names(tmp_path / "here" / "checkpoint.pt")
    shutil.move(tmp_path / "here", tmp_path / "there")
    totals = train(config, store, tmp_path / "there", Budget(steps=3), resume=True)
    assert totals.steps == 3
    # Undivided again, and nothing of the parts is left.
    assert {file.name for file in (tmp_path / "there").iterdir()} == {
        *("checkpoint.pt", "weights.safetensors", "config.json", "log.jsonl")
    }
