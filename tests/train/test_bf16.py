import json
from itertools import chain, repeat

import pytest
import torch

from autochrome.train import bf16
from autochrome.train.config import Budget
from autochrome.train.processes import Processes
from autochrome.train.run import TrainingRun, train

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def never_asked():
    bf16.bf16_is_faster.cache_clear()
    yield
    bf16.bf16_is_faster.cache_clear()


@pytest.mark.parametrize("of_float32", [0.5, 2.0])
def test_a_processor_with_bf16_trains_in_what_it_is_faster_at(monkeypatch, of_float32):
    """One convolution that is disturbed decides nothing."""
    seconds = {True: chain([60.0], repeat(1.0)), False: repeat(of_float32)}
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr(bf16, "_seconds", lambda bf16: next(seconds[bf16]))
    assert bf16.bf16_is_faster(CPU) == (of_float32 > 1)


def test_a_processor_without_bf16_is_not_measured(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(bf16, "_seconds", None)
    assert not bf16.bf16_is_faster(CPU)


def test_a_convolution_is_learned_in_both(monkeypatch):
    asked = []

    def convolve(features, kernel, padding):
        answer = conv2d(features, kernel, padding=padding)
        asked.append(answer.dtype)
        return answer

    conv2d = torch.nn.functional.conv2d
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr(bf16.F, "conv2d", convolve)
    bf16.bf16_is_faster(CPU)
    assert asked == [torch.bfloat16, torch.float32] * bf16._TRIES


def test_in_bf16_the_loss_is_that_of_float32_but_for_rounding(monkeypatch, store, config):
    losses = {}
    for faster in (True, False):
        monkeypatch.setattr("autochrome.train.run.bf16_is_faster", lambda _, it=faster: it)
        run = TrainingRun(config, store, Processes(0, 1, CPU))
        losses[faster] = float(run.train_step())
    assert losses[True] != losses[False]
    assert losses[True] == pytest.approx(losses[False], rel=0.02)


def test_a_run_goes_on_in_what_it_began_with(monkeypatch, store, config, tmp_path):
    def go(folder, steps, faster, *, resume=False):
        monkeypatch.setattr("autochrome.train.run.bf16_is_faster", lambda _: faster)
        train(config, store, tmp_path / folder, Budget(steps=steps), resume=resume)

    go("whole", 3, faster=True)
    go("parts", 2, faster=True)
    go("parts", 3, faster=False, resume=True)
    whole, parts = (
        [loss for line in (tmp_path / folder / "log.jsonl").read_text().splitlines()
         for loss in json.loads(line)["losses"]]
        for folder in ("whole", "parts")
    )  # fmt: skip
    assert parts == whole
