"""What a system costs: parameters, operations, and the time it was trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from autochrome.nn import System
from autochrome.studies.comparison.learning import read_records
from autochrome.studies.comparison.training import Contender

SIDE = 256
"""Of the photograph whose operations are counted."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a system costs.

    Parameters
    ----------
    parameters : that are trained.
    gmacs : 10^9 multiply-accumulates of one photograph, decoding apart.
    photographs_seen : in training, repetitions counted.
    minutes : of training; depends on what else the machine did.
    """

    parameters: int
    gmacs: float
    photographs_seen: int
    minutes: float

    @property
    def photographs_per_second(self) -> float | None:
        """Trained on; None if it went too fast for the clock, or was not recorded."""
        return self.photographs_seen / (60 * self.minutes) if self.minutes else None


def cost(contender: Contender, side: int = SIDE) -> Cost:
    """Count what a system costs, to train and for one photograph of this side."""
    return Cost(
        parameters=sum(parameter.numel() for parameter in contender.system.parameters()),
        gmacs=_count_macs(contender.system, side) / 1e9,
        photographs_seen=contender.metadata["photographs_seen"],
        minutes=_minutes(contender.log) or contender.metadata["minutes"],
    )


def _count_macs(system: System, side: int) -> int:
    """Count the multiply-accumulates of convolutions and matrix products for one photograph."""
    device = next(system.parameters()).device
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        system(torch.full((1, 1, side, side), 50.0, device=device))
    return int(counter.get_total_flops()) // 2


def _minutes(log: Path | None) -> float:
    """Read when the last step was logged, finer than the weights' metadata; 0 if nowhere."""
    if log is None or not log.exists():
        return 0.0
    records = list(read_records(log))
    return float(records[-1]["minutes"]) if records else 0.0
