"""Exponential moving average of the weights: what a run stopped at any minute leaves."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from autochrome.nn import System


class AveragedWeights:
    """A copy of a network that follows it slowly.

    Parameters
    ----------
    network : the network being trained.
    decay : share kept at each step; lower in the first steps, when there is little to average.
    """

    def __init__(self, network: System, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay
        self._averaged = _numbers(self.network)
        self._current = _numbers(network)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the network after optimizer step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._averaged, self._current, 1 - decay)


def _numbers(network: System) -> list[Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
