"""Averages of the weights: what a run stopped at any minute leaves.

An exponential moving average, and, where a run goes on from trained weights to learn something
new, the mean of it and of those, which forgets less.

Source of the latter: Wortsman et al. 2022, *Robust fine-tuning of zero-shot models* (arXiv
2109.01903), section 3. Difference: the mean is not of the last weights but of their average.
"""

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
    initial_share : share of the weights that `network` has now.
    """

    def __init__(self, network: System, decay: float, initial_share: float = 0.0) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.decay = decay
        self.initial_share = initial_share
        self._averaged = _numbers(self.network)
        self._current = _numbers(network)
        self._initial = [value.clone() for value in self._current] if initial_share else []

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the network after optimizer step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        current = self._current
        if self.initial_share:
            current = list(torch._foreach_lerp(current, self._initial, self.initial_share))
        torch._foreach_lerp_(self._averaged, current, 1 - decay)


def _numbers(network: System) -> list[Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
