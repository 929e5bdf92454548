"""The training loop: one process or many, exact to resume, usable whenever it stops."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from autochrome.data import Batch, BatchMaker, CapturedBatches, CropSettings, PhotoStore
from autochrome.errors import ModelError, UsageError
from autochrome.interrupt import until_interrupted
from autochrome.nn import HeadSettings, System, Target, build_system
from autochrome.progress import Progress, no_progress
from autochrome.train.averaging import AveragedWeights
from autochrome.train.bf16 import bf16_is_faster
from autochrome.train.checkpoint import (
    check_trained,
    load_checkpoint,
    load_metadata,
    load_weights,
)
from autochrome.train.config import Budget, TrainConfig
from autochrome.train.distillation import Teachers, divergence, network_file
from autochrome.train.optimizers import build_optimizers
from autochrome.train.processes import Processes
from autochrome.train.recorder import CHECKPOINT, Recorder, Validate
from autochrome.train.start import check_init, check_start, check_teachers, learns_classes


class Totals(NamedTuple):
    """Training that weights have seen, over all runs since they were fresh."""

    steps: int = 0
    photographs_seen: int = 0
    minutes: float = 0.0


class _Loss(nn.Module):
    """A system and its loss as one network, so that they are compiled, and distributed, as one.

    With teachers, its divergence from them is part of the loss, with a weight.
    """

    def __init__(
        self, system: System, teachers: Teachers | None, config: TrainConfig, *, bf16: bool
    ) -> None:
        super().__init__()
        self.system = system
        self.teachers = teachers
        self.weight = config.distillation
        self.rebalancing = config.distillation_rebalancing
        self.bf16 = bf16

    def forward(self, batch: Batch) -> Tensor:
        output = self._answer(self.system, batch.lightness)
        loss: Tensor = self.system.head.loss(output, Target(batch.lab, batch.label))
        if self.teachers is None:
            return loss
        expected = self._answer(self.teachers, batch.clean)
        return loss + self.weight * divergence(expected, output, self._weights(batch))

    def _weights(self, batch: Batch) -> Tensor:
        """Weigh the cells that teachers answer for: they have not seen frames."""
        weights = (~batch.framed).float()
        if self.rebalancing:
            head: Any = self.system.head
            weights = weights * head.rebalance(head.encode_target(batch.lab[:, 1:]))
        return weights

    def _answer(self, network: nn.Module, lightness: Tensor) -> Any:
        with torch.autocast(lightness.device.type, torch.bfloat16, self.bf16):
            return network(lightness.contiguous(memory_format=torch.channels_last))


class TrainingRun:
    """Everything that changes while training, and one step of it.

    Parameters
    ----------
    config : the recipe.
    store : photographs, on the device to train on.
    processes : this process among those of the run.
    init : weights to start from; fresh ones by default.
    teachers : weights or models to learn from, for a recipe that asks for them.
    """

    def __init__(
        self,
        config: TrainConfig,
        store: PhotoStore,
        processes: Processes,
        init: Path | None = None,
        teachers: Sequence[Path] = (),
    ) -> None:
        share, rest = divmod(config.batch_size, processes.world_size)
        if rest:
            raise UsageError(f"batch size {config.batch_size} does not divide among processes")
        torch.manual_seed(config.seed)
        self.config = config
        self.processes = processes
        self.store = store
        self.device = store.pixels.device
        self.before = Totals()
        self.teacher_sha256 = [_sha256(network_file(path)) for path in teachers]
        self.init_sha256 = _sha256(init) if init else None
        self.system = self._build(store, init).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if config.freeze_batch_norm:
            _freeze_batch_norm(self.system)
        self.averaged = AveragedWeights(self.system, config.ema_decay, config.initial_share)
        self._loss = _Loss(
            self.system,
            self._load_teachers(teachers),
            config,
            bf16=bool(processes.agree(float(bf16_is_faster(self.device)))),
        )
        self.network = self._parallel(self._loss)
        self.optimizers = build_optimizers(self.system, config)
        crops = CropSettings(
            side=config.crop_side,
            min_scale=config.min_scale,
            old_photograph_probability=config.old_photograph_probability,
            frame_probability=config.frame_probability,
            num_copies=config.num_copies,
            double_exposure_probability=config.double_exposure_probability,
            underexposure_probability=config.underexposure_probability,
        )
        maker = BatchMaker(store, crops, share, config.seed, processes.rank, processes.world_size)
        self.batches: Callable[[int], Batch] = (
            CapturedBatches(maker) if self.device.type == "cuda" else maker
        )
        self.step = 0
        self.minutes = 0.0

    def _build(self, store: PhotoStore, init: Path | None) -> System:
        if init is None:
            return build_system(self.config.system, self._settings(store), self.config.width)
        metadata = load_metadata(init)
        check_trained(init, metadata, Totals._fields)
        # As many as the file tells apart: only then can it be loaded, and compared.
        num_classes = len(metadata.get("classes", store.classes))
        settings = replace(self._settings(store), num_classes=num_classes)
        system, _ = load_weights(init, settings)
        check_init(init, metadata, system, self.config, store.classes)
        self.before = Totals(**{name: metadata[name] for name in Totals._fields})
        return system

    def _settings(self, store: PhotoStore) -> HeadSettings:
        return HeadSettings(
            prior=store.prior,
            uniform_mixing=self.config.uniform_mixing,
            num_neighbors=self.config.num_neighbors,
            num_classes=len(store.classes),
        )

    def _load_teachers(self, teachers: Sequence[Path]) -> Teachers | None:
        check_teachers(self.config, teachers)
        if not teachers:
            return None
        return Teachers.load(teachers).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def _parallel(self, network: nn.Module) -> nn.Module:
        if self.processes.world_size > 1:
            # Batch norm's averages are kept by each process; those of the first one are saved.
            network = DistributedDataParallel(network, broadcast_buffers=False)
        if self.device.type == "cuda":
            network = torch.compile(network)  # type: ignore[assignment]
        return network

    def train_step(self, learning_rate_factor: float = 1.0) -> Tensor:
        """Take one step; returns the loss, a scalar still on the device."""
        warmup = min(1.0, (self.step + 1) / max(1, self.config.warmup_steps))
        learning_rate = self.config.learning_rate * warmup * learning_rate_factor
        loss = self.network(self.batches(self.before.steps + self.step))
        loss.backward()
        nn.utils.clip_grad_norm_(self.system.parameters(), self.config.clip_norm)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.averaged.update(self.step)
        self.step += 1
        detached: Tensor = loss.detach()
        return detached

    def state(self) -> dict[str, Any]:
        """Return everything an exact resume needs."""
        return {
            "config": self.config.to_dict(),
            "system": self.system.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "minutes": self.minutes,
            "before": tuple(self.before),
            "num_photographs": len(self.store),
            "classes": list(self.store.classes),
            "world_size": self.processes.world_size,
            "teachers": self.teacher_sha256,
            "init": self.init_sha256,
            "bf16": self._loss.bf16,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`.

        Raises
        ------
        UsageError
            If the recipe, the photographs, their labels where they matter, the teachers, the
            number of processes, or the weights that the run returns to, are others.
        ModelError
            If it is not the state of such a run.
        """
        try:
            self._check_same(state)
            self._take(state)
        except UsageError:
            raise
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise ModelError(
                f"the checkpoint is not one of this run: {type(error).__name__}: {error}",
                "If it is of another version, go on from the run's weights.safetensors with --init",
            ) from error

    def _check_same(self, state: dict[str, Any]) -> None:
        classes = self.store.classes
        same = {
            "with another recipe": TrainConfig.from_dict(state["config"]) == self.config,
            "on other photographs": state["num_photographs"] == len(self.store)
            and torch.equal(
                state["system"]["head.prior"], self.system.state_dict()["head.prior"].cpu()
            ),
            # A checkpoint that says nothing of these is of a time before they were compared.
            "on other labels": not learns_classes(self.system)
            or tuple(state.get("classes", classes)) == classes,
            "with other teachers": state.get("teachers", []) == self.teacher_sha256,
            "from other weights": not self.config.initial_share
            or state.get("init") == self.init_sha256,
            "by another number of processes": state["world_size"] == self.processes.world_size,
        }
        for difference, agrees in same.items():
            if not agrees:
                raise UsageError(
                    f"the checkpoint was made {difference}",
                    "Give what it was made with, or use --init with its weights.safetensors "
                    "instead of --resume",
                )

    def _take(self, state: dict[str, Any]) -> None:
        # Measured once a run. A checkpoint of a time before it was does not say.
        self._loss.bf16 = state.get("bf16", self._loss.bf16)
        self.system.load_state_dict(state["system"])
        self.averaged.network.load_state_dict(state["averaged"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step = state["step"]
        self.minutes = state["minutes"]
        self.before = Totals(*state["before"])

    def totals(self) -> Totals:
        """Sum up this run and those whose weights it began with."""
        return Totals(
            self.before.steps + self.step,
            self.before.photographs_seen + self.step * self.config.batch_size,
            round(self.before.minutes + self.minutes, 1),
        )

    def metadata(self) -> dict[str, Any]:
        """Describe the weights."""
        return {
            "system": self.config.system,
            "recipe": self.config.to_dict(),
            "classes": list(self.store.classes),
            **self.totals()._asdict(),
        }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _freeze_batch_norm(system: System) -> None:
    for module in system.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def train(
    config: TrainConfig,
    store: PhotoStore,
    output: Path,
    budget: Budget,
    *,
    init: Path | None = None,
    teachers: Sequence[Path] = (),
    resume: bool = False,
    validate: Validate | None = None,
    validate_minutes: float = 15.0,
    max_file_mib: int | None = None,
    progress: Progress = no_progress,
) -> Totals:
    """Train until the budget is used up or, in the main thread, a signal says stop.

    Leaves ``weights.safetensors`` (averaged, fp16), ``checkpoint.pt``, ``config.json`` and
    ``log.jsonl`` in `output`, renewed every few minutes.

    Parameters
    ----------
    config : the recipe.
    store : photographs, on the device to train on.
    output : folder of the run; made if missing.
    budget : how long.
    init : weights to start from, with a new optimizer and warm-up. To resume a recipe with an
        `initial_share` they are needed again.
    teachers : weights or models to learn from, for a recipe that asks for them.
    resume : go on from ``output/checkpoint.pt``.
    validate : measures the averaged system; its figures go to the log.
    validate_minutes : how often; and once at the end.
    max_file_mib : largest file of the checkpoint, in parts if it is larger.
    progress : reports steps.

    Raises
    ------
    UsageError
        As by `check_start`, and if what is resumed, or begun with, differs.
    ModelError
        If `init`, a teacher or the checkpoint cannot be read, or is something else.
    OutputError
        If `output` cannot be written to.
    """
    check_start(config, output, init=init, teachers=teachers, resume=resume)
    with (
        Processes.join(store.pixels.device) as processes,
        until_interrupted(ignore_more=True) as stopped,  # torchrun hands on what came already
    ):
        run = TrainingRun(config, store, processes, init, teachers)
        if resume:
            run.restore(load_checkpoint(output / CHECKPOINT))
        recorder = Recorder(run, output, validate, validate_minutes, max_file_mib)
        for _ in progress(_steps(run, budget, stopped, recorder), total=budget.steps,
                          description=f"Training {config.recipe}"):  # fmt: skip
            pass
        recorder.finish()
        processes.wait_for_all()
    return run.totals()


def _steps(
    run: TrainingRun, budget: Budget, stopped: Callable[[], bool], recorder: Recorder
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
