"""One process among those of a run started by ``torchrun``; alone otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed


@dataclass(frozen=True)
class Processes:
    """Rank of this process and how many there are."""

    rank: int
    world_size: int

    @staticmethod
    @contextmanager
    def join() -> Iterator[Processes]:
        """Join the group that ``torchrun`` describes in the environment, and leave it again."""
        if "RANK" not in os.environ:
            yield Processes(0, 1)
            return
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        try:
            yield Processes(distributed.get_rank(), distributed.get_world_size())
        finally:
            distributed.destroy_process_group()

    def agree(self, value: float) -> float:
        """Return the largest value any process holds, so that all stop at the same step."""
        if self.world_size == 1:
            return value
        device = "cuda" if torch.cuda.is_available() else "cpu"
        shared = torch.tensor(value, device=device)
        distributed.all_reduce(shared, distributed.ReduceOp.MAX)
        return float(shared)
