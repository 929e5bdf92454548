"""Which parameters are optimized how."""

from __future__ import annotations

import torch
from torch import nn

from autochrome.nn import System
from autochrome.train.config import TrainConfig
from autochrome.train.muon import Muon


def build_optimizers(system: System, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Build the optimizers of a recipe; weight decay on matrices and kernels only."""
    hidden = _hidden(system) if config.optimizer == "muon" else []
    is_hidden = {id(parameter) for parameter in hidden}
    rest = [parameter for parameter in system.parameters() if id(parameter) not in is_hidden]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=config.betas, fused=rest[0].is_cuda or None
    )
    if not hidden:
        return [adamw]
    return [adamw, Muon(hidden, config.learning_rate, config.weight_decay)]


def _hidden(system: System) -> list[nn.Parameter]:
    """Kernels and matrices of the backbone but its first."""
    return [parameter for parameter in system.backbone.parameters() if parameter.ndim > 1][1:]
