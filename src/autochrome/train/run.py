"""The training loop: one process or many, exact to resume, usable whenever it stops."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from autochrome.data import BatchMaker, CropSettings, PhotoStore
from autochrome.errors import ModelError, OutputError, UsageError
from autochrome.nn import System, build_system
from autochrome.progress import Progress, no_progress
from autochrome.train.averaging import AveragedWeights
from autochrome.train.checkpoint import (
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from autochrome.train.config import Budget, TrainConfig
from autochrome.train.processes import Processes

LOG_EVERY = 20
CHECKPOINT_MINUTES = 3.0

Validate = Callable[[System], dict[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What a run did: totals over all its resumed parts."""

    steps: int
    photographs_seen: int
    minutes: float
    weights: Path


class TrainingRun:
    """Everything that changes while training, and one step of it.

    Parameters
    ----------
    config : the recipe.
    store : photographs, on the device to train on.
    processes : this process among those of the run.
    init : weights to start from; fresh ones by default.
    """

    def __init__(
        self,
        config: TrainConfig,
        store: PhotoStore,
        processes: Processes,
        init: Path | None = None,
    ) -> None:
        share, rest = divmod(config.batch_size, processes.world_size)
        if rest:
            raise UsageError(f"batch size {config.batch_size} does not divide among processes")
        torch.manual_seed(config.seed)
        self.config = config
        self.processes = processes
        self.device = store.pixels.device
        self.system = self._build(store, init).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = AveragedWeights(self.system, config.ema_decay)
        self.network = self._parallel(self.system)
        self.optimizer = _adamw(self.system, config)
        crops = CropSettings(config.crop_side, config.min_scale, config.old_photograph_probability)
        self.batches = BatchMaker(
            store, crops, share, config.seed, processes.rank, processes.world_size
        )
        self.step = 0
        self.minutes = 0.0

    def _build(self, store: PhotoStore, init: Path | None) -> System:
        if init is None:
            return build_system(self.config.system, store.prior, self.config.uniform_mixing)
        system, metadata = load_weights(init)
        if metadata["system"] != self.config.system:
            raise UsageError(f"{init} holds {metadata['system']}, not {self.config.system}")
        return system

    def _parallel(self, system: System) -> nn.Module:
        network: nn.Module = system
        if self.processes.world_size > 1:
            network = DistributedDataParallel(network)
        if self.device.type == "cuda":
            network = torch.compile(network)  # type: ignore[assignment]
        return network

    def train_step(self, learning_rate_factor: float = 1.0) -> Tensor:
        """Take one step; returns the loss, a scalar still on the device."""
        warmup = min(1.0, (self.step + 1) / max(1, self.config.warmup_steps))
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * warmup * learning_rate_factor
        batch = self.batches(self.step)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=_has_bf16(self.device)):
            output = self.network(batch.lightness.contiguous(memory_format=torch.channels_last))
        loss = self.system.head.loss(output, batch.ab)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.system.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.averaged.update(self.system, self.step)
        self.step += 1
        return loss.detach()  # type: ignore[no-any-return]

    def state(self) -> dict[str, Any]:
        """Return everything an exact resume needs."""
        return {
            "config": self.config.to_dict(),
            "system": self.system.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "minutes": self.minutes,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`.

        Raises
        ------
        UsageError
            If it belongs to another config.
        """
        if state["config"] != self.config.to_dict():
            raise UsageError(
                "the checkpoint was made with another recipe",
                "Use --init with its weights.safetensors instead of --resume",
            )
        self.system.load_state_dict(state["system"])
        self.averaged.network.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.minutes = state["minutes"]

    def metadata(self) -> dict[str, Any]:
        """Describe the weights."""
        return {
            "system": self.config.system,
            "recipe": self.config.to_dict(),
            "steps": self.step,
            "photographs_seen": self.step * self.config.batch_size,
            "minutes": round(self.minutes, 1),
        }


def _has_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster than float32 here, not merely emulated."""
    return device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _adamw(system: System, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices and kernels only."""
    decayed = [p for p in system.parameters() if p.ndim > 1]
    others = [p for p in system.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas)


@contextmanager
def _stop_politely() -> Iterator[Callable[[], bool]]:
    """Let SIGINT and SIGTERM end the run after the current step."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def train(
    config: TrainConfig,
    store: PhotoStore,
    output: Path,
    budget: Budget,
    *,
    init: Path | None = None,
    resume: bool = False,
    validate: Validate | None = None,
    validate_minutes: float = 15.0,
    progress: Progress = no_progress,
) -> Outcome:
    """Train until the budget is used up or a signal says stop.

    Leaves ``weights.safetensors`` (averaged, fp16), ``checkpoint.pt``, ``config.json`` and
    ``log.jsonl`` in `output`, renewed every few minutes.

    Parameters
    ----------
    config : the recipe.
    store : photographs, on the device to train on.
    output : folder of the run; made if missing.
    budget : how long.
    init : weights to start from, with a new optimiser and warm-up.
    resume : go on from ``output/checkpoint.pt``.
    validate : measures the averaged system; its figures go to the log.
    validate_minutes : how often; and once at the end.
    progress : reports steps.

    Raises
    ------
    UsageError
        If `output` already holds a run and `resume` is not set, or the config differs.
    ModelError
        If `init` or the checkpoint cannot be read.
    """
    checkpoint = output / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise UsageError(f"{output} already holds a run", "Add --resume, or choose another folder")
    with Processes.join() as processes, _stop_politely() as stopped:
        run = TrainingRun(config, store, processes, init)
        if resume:
            run.restore(load_checkpoint(checkpoint, store.pixels.device))
        recorder = _Recorder(run, output, validate, validate_minutes)
        for _ in progress(_steps(run, budget, stopped, recorder), total=budget.steps,
                          description=f"Training {config.recipe}"):  # fmt: skip
            pass
        recorder.finish()
    return Outcome(
        run.step, run.step * config.batch_size, run.minutes, output / "weights.safetensors"
    )


def _steps(
    run: TrainingRun, budget: Budget, stopped: Callable[[], bool], recorder: _Recorder
) -> Iterator[int]:
    """Take steps until the budget is used up, keeping the clock and the records."""
    earlier, started = run.minutes, time.monotonic()
    while True:
        used = run.processes.agree(1.0 if stopped() else budget.used(run.step, run.minutes))
        if used >= 1:
            return
        factor = budget.learning_rate_factor(used)
        loss = run.train_step(factor)
        run.minutes = earlier + (time.monotonic() - started) / 60
        recorder.after_step(loss)
        yield run.step


class _Recorder:
    """Writes the log, the checkpoint and the weights; only in the first process."""

    def __init__(
        self, run: TrainingRun, output: Path, validate: Validate | None, validate_minutes: float
    ) -> None:
        self._run = run
        self._output = output
        self._validate = validate
        self._validate_minutes = validate_minutes
        self._active = run.processes.rank == 0
        self._saved = self._validated = self._logged_minutes = run.minutes
        self._losses: list[Tensor] = []
        if self._active:
            output.mkdir(parents=True, exist_ok=True)
            (output / "config.json").write_text(json.dumps(run.config.to_dict(), indent=2) + "\n")

    def after_step(self, loss: Tensor) -> None:
        if not self._active:
            return
        self._losses.append(loss)
        run = self._run
        if run.step % LOG_EVERY == 0:
            self._log_losses()
        if run.minutes - self._saved >= CHECKPOINT_MINUTES:
            self._save()
        if self._validate and run.minutes - self._validated >= self._validate_minutes:
            self._log_validation()

    def finish(self) -> None:
        if not self._active:
            return
        self._save()
        if self._validate:
            self._log_validation()

    def _log_losses(self) -> None:
        if not self._losses:
            return
        run = self._run
        losses = [round(float(loss), 6) for loss in self._losses]
        if not all(map(math.isfinite, losses)):
            raise ModelError(
                f"the loss is no longer a number near step {run.step}",
                "The last checkpoint is from before; start from it with a lower learning rate",
            )
        seconds = max(1e-9, 60 * (run.minutes - self._logged_minutes))
        self._write(
            losses=losses,
            learning_rate=run.optimizer.param_groups[0]["lr"],
            photographs_per_second=round(len(self._losses) * run.config.batch_size / seconds, 2),
        )
        self._logged_minutes = run.minutes
        self._losses = []

    def _log_validation(self) -> None:
        assert self._validate is not None
        self._validated = self._run.minutes
        self._write(validation=self._validate(self._run.averaged.network))

    def _write(self, **values: object) -> None:
        run = self._run
        record = {"step": run.step, "minutes": round(run.minutes, 3), **values}
        with (self._output / "log.jsonl").open("a") as log:
            log.write(json.dumps(record) + "\n")

    def _save(self) -> None:
        run = self._run
        self._log_losses()  # never keep weights that have diverged
        self._saved = run.minutes
        try:
            save_checkpoint(self._output / "checkpoint.pt", run.state())
            save_weights(self._output / "weights.safetensors", run.averaged.network, run.metadata())
        except OSError as error:
            raise OutputError(
                f"cannot write to {self._output}: {error}", "Free some space, then --resume"
            ) from error
