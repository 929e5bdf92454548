"""What a run leaves while it goes on: log, checkpoint, weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from autochrome.atomic import atomic_path
from autochrome.errors import ModelError, OutputError
from autochrome.nn import System
from autochrome.train.checkpoint import save_checkpoint, save_weights
from autochrome.train.folder import prepare_folder

if TYPE_CHECKING:
    from autochrome.train.run import TrainingRun

LOG_EVERY = 20
CHECKPOINT = "checkpoint.pt"
CHECKPOINT_MINUTES = 3.0

Validate = Callable[[System], dict[str, float]]


class Recorder:
    """Writes the log, the checkpoint and the weights; only in the first process.

    Parameters
    ----------
    run : what is recorded.
    output : folder of the run; made if missing.
    validate : measures the averaged system; its figures go to the log.
    validate_minutes : how often; and once at the end.
    max_file_mib : largest file of the checkpoint; larger ones are divided.

    Raises
    ------
    OutputError
        If the folder cannot be written to, now or later.
    """

    def __init__(
        self,
        run: TrainingRun,
        output: Path,
        validate: Validate | None,
        validate_minutes: float,
        max_file_mib: int | None = None,
    ) -> None:
        self._run = run
        self._output = output
        self._validate = validate
        self._validate_minutes = validate_minutes
        self._max_file_mib = max_file_mib
        self._active = run.processes.rank == 0
        self._saved = self._validated = self._logged_minutes = run.minutes
        self._losses: list[Tensor] = []
        if self._active:
            prepare_folder(output)
            config = json.dumps(run.config.to_dict(), indent=2) + "\n"
            with self._telling(), atomic_path(output / "config.json") as temporary:
                temporary.write_text(config)

    def after_step(self, loss: Tensor) -> None:
        """Take note of a step, and write what is due."""
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
        """Write everything that is not written yet."""
        if not self._active:
            return
        self._save()
        if self._validate:
            self._log_validation()

    def _log_losses(self) -> None:
        if not self._losses:
            return
        run = self._run
        seconds = max(1e-9, 60 * (run.minutes - self._logged_minutes))
        self._write(
            losses=[round(float(loss), 6) for loss in self._losses],
            learning_rate=run.optimizers[0].param_groups[0]["lr"],
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
        with self._telling(), (self._output / "log.jsonl").open("a") as log:
            log.write(json.dumps(record) + "\n")

    def _save(self) -> None:
        run = self._run
        self._log_losses()
        self._check_finite()
        self._saved = run.minutes
        with self._telling():
            save_checkpoint(self._output / CHECKPOINT, run.state(), self._max_file_mib)
            save_weights(self._output / "weights.safetensors", run.averaged.network, run.metadata())

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"cannot write to {self._output}: {error}", "Free some space, then --resume"
            ) from error

    def _check_finite(self) -> None:
        """Never keep weights that have diverged."""
        run = self._run
        if not all(p.isfinite().all() for p in run.averaged.network.parameters()):
            raise ModelError(
                f"training has diverged: weights are no longer numbers at step {run.step}",
                "The files of this run are from before; --init with them and a gentler recipe",
            )
