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

from autochrome.color import ab_gamut
from autochrome.errors import UsageError
from autochrome.models import find_model, manifest_at
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.train.checkpoint import load_weights


def check_teacher(path: Path) -> None:
    """Refuse the folder of what cannot teach, before photographs are decoded.

    Raises
    ------
    ModelError
        If the model is damaged, or not one that `load_released` can load.
    UsageError
        If the folder is no model's, or the model does not answer with a distribution over the bins.
    """
    if path.is_dir():
        _load_teacher(path)


def network_file(teacher: Path) -> Path:
    """Return the file that says what a teacher knows: weights, or those of a model's folder."""
    return find_model(teacher).weights_path if teacher.is_dir() else teacher


def _load_teacher(path: Path) -> nn.Module:
    """Load a network that answers with logits over the bins."""
    if path.is_dir():
        return _load_model(path)
    system, _ = load_weights(path)
    if not isinstance(system.head, AbClassification):
        raise _no_distribution(path)
    return system


def _load_model(folder: Path) -> nn.Module:
    # Only here: whoever has no such teacher trains without onnx.
    from autochrome.train.released import load_released

    if manifest_at(folder) is None:
        raise UsageError(f"{folder} is not the folder of a model: it has no manifest.json")
    model = find_model(folder)
    if model.manifest.output.num_bins != ab_gamut().num_bins:
        raise _no_distribution(folder)
    return load_released(model)


def _no_distribution(path: Path) -> UsageError:
    return UsageError(
        f"{path} does not answer with a distribution over the bins of the ab gamut",
        "Take teachers such as lumiere or zhang2016",
    )


class Teachers(nn.Module):
    """Networks whose mean answer is learned; they never change.

    Parameters
    ----------
    networks : that map L* to logits over the bins of the ab gamut.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks).requires_grad_(False)
        self.train(False)

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Teachers:
        """Load them from their ``weights.safetensors``, or from the folders of models.

        Raises
        ------
        ModelError
            If a file cannot be used.
        UsageError
            If one does not answer with a distribution over the bins.
        """
        return cls([_load_teacher(path) for path in paths])

    def train(self, mode: bool = True) -> Teachers:
        """Stay in evaluation mode, whatever the network they are part of does."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* to log-probabilities (N, Q, h, w): those of the geometric mean."""
        answers = [network(lightness).float().log_softmax(1) for network in self.networks]
        return torch.stack(answers).mean(0).log_softmax(1)


def divergence(log_probabilities: Tensor, logits: Tensor, weights: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a student from its teachers, mean over cells.

    Parameters
    ----------
    log_probabilities : (N, Q, h, w), the teachers'.
    logits : (N, Q, h, w), the student's.
    weights : (N, h, w), of the cells.

    Returns
    -------
    A scalar, zero where the two distributions are equal.
    """
    difference = log_probabilities - logits.float().log_softmax(1)
    return (weights * (log_probabilities.exp() * difference).sum(1)).mean()
