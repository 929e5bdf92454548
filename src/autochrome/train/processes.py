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
    """Rank of this process, how many there are, and the device of this one."""

    rank: int
    world_size: int
    device: torch.device

    @staticmethod
    @contextmanager
    def join(device: torch.device) -> Iterator[Processes]:
        """Join the group that ``torchrun`` describes in the environment, and leave it again."""
        if "RANK" not in os.environ:
            yield Processes(0, 1, device)
            return
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield Processes(distributed.get_rank(), distributed.get_world_size(), device)
        finally:
            distributed.destroy_process_group()

    def agree(self, value: float) -> float:
        """Return the largest value any process holds, so that all of them do the same."""
        if self.world_size == 1:
            return value
        shared = torch.tensor(value, device=self.device)
        distributed.all_reduce(shared, distributed.ReduceOp.MAX)
        return float(shared)

    def wait_for_all(self) -> None:
        """Let none leave while another still writes.

        Notes
        -----
        gloo's threads may hold the last tensors for a moment; a process that ends meanwhile is
        aborted (https://github.com/pytorch/pytorch/issues/190489), and torchrun then ends the
        others. A barrier holds no tensor of Python's.
        """
        if self.world_size > 1:
            distributed.barrier()
