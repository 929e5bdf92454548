"""Learning from the answers of other networks beside the truth.

A network that sees its photographs many times learns them by heart; the mean of several such
networks errs less than each on photographs they have not seen. One network can learn that mean.

Source: Hinton, Vinyals, Dean 2015, *Distilling the Knowledge in a Neural Network* (arXiv
1503.02531). Differences: the teachers' answers are not softened; they see the clean photograph
while the student sees an aged one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from autochrome.errors import UsageError
from autochrome.nn import System
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.train.checkpoint import load_weights


class Teachers(nn.Module):
    """Networks whose mean answer is learned; they never change.

    Parameters
    ----------
    systems : that answer with a distribution over the bins of the ab gamut.
    """

    def __init__(self, systems: Sequence[System]) -> None:
        super().__init__()
        self.systems = nn.ModuleList(systems).requires_grad_(False)
        self.train(False)

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Teachers:
        """Load them from their ``weights.safetensors``.

        Raises
        ------
        ModelError
            If a file cannot be used.
        UsageError
            If a system does not answer with a distribution over the bins.
        """
        systems = [load_weights(path)[0] for path in paths]
        for path, system in zip(paths, systems, strict=True):
            if not isinstance(system.head, AbClassification):
                raise UsageError(
                    f"{path} does not answer with a distribution over the bins of the ab gamut",
                    "Take teachers such as lumiere or zhang2016",
                )
        return cls(systems)

    def train(self, mode: bool = True) -> Teachers:
        """Stay in evaluation mode, whatever the network they are part of does."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* to log-probabilities (N, Q, h, w): those of the geometric mean."""
        answers = [system(lightness).float().log_softmax(1) for system in self.systems]
        return torch.stack(answers).mean(0).log_softmax(1)


def divergence(log_probabilities: Tensor, logits: Tensor, ignored: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a student from its teachers, mean over cells.

    Parameters
    ----------
    log_probabilities : (N, Q, h, w), the teachers'.
    logits : (N, Q, h, w), the student's.
    ignored : (N, h, w) bool, cells that count as zero.

    Returns
    -------
    A scalar, zero where the two distributions are equal.
    """
    difference = log_probabilities - logits.float().log_softmax(1)
    per_cell = (log_probabilities.exp() * difference).sum(1)
    return per_cell.masked_fill(ignored, 0).mean()
