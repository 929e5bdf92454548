"""Exponential moving average of the weights: what a run stopped at any minute leaves."""

from __future__ import annotations

import copy

import torch

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
        self._averaged = [v for v in self.network.state_dict().values() if v.is_floating_point()]

    @torch.no_grad()
    def update(self, network: System, step: int) -> None:
        """Move towards the network after optimizer step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        current = [v for v in network.state_dict().values() if v.is_floating_point()]
        torch._foreach_lerp_(self._averaged, current, 1 - decay)
