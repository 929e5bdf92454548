"""Muon: momentum whose direction is made orthogonal before it is taken.

Source: Jordan et al., *Muon: An optimizer for hidden layers in neural networks* (2024), for the
method and the coefficients; Liu et al., *Muon is Scalable for LLM Training* (2025, section 2.2),
for the scale that makes an AdamW learning rate and weight decay fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """For kernels and matrices, each seen as its first axis x everything else.

    Parameters
    ----------
    params : parameters, or groups of them, of at least two dimensions.
    lr, weight_decay : as those of AdamW.
    momentum : of the gradient, Nesterov's.
    """

    def __init__(
        self, params: Iterable[Any], lr: float, weight_decay: float = 0.0, momentum: float = 0.95
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take a step."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape[parameter.shape].append(parameter)
            for parameters in by_shape.values():
                self._step_alike(parameters, group)

    def _step_alike(self, parameters: list[nn.Parameter], group: dict[str, Any]) -> None:
        """Step parameters of one shape together."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        averages = [self._average(parameter) for parameter in parameters]
        torch._foreach_lerp_(averages, gradients, 1 - group["momentum"])
        directions = torch._foreach_lerp(gradients, averages, group["momentum"])
        matrices = torch.stack([direction.reshape(len(direction), -1) for direction in directions])
        # An orthogonal m x n matrix has values of sqrt(1 / max(m, n)); AdamW's steps are about 0.2.
        scale = 0.2 * max(matrices.shape[1:]) ** 0.5
        steps = orthogonalize(matrices).to(matrices.dtype)
        for parameter, step in zip(parameters, steps, strict=True):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.add_(step.view(parameter.shape), alpha=-group["lr"] * scale)

    def _average(self, parameter: nn.Parameter) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["average"] = torch.zeros_like(parameter)
        average: Tensor = state["average"]
        return average


def orthogonalize(matrices: Tensor) -> Tensor:
    """Bring the singular values of (N, m, n) matrices near 1, by Newton-Schulz iterations.

    Returns bf16 on a card, where its products are several times as fast; else the input's type.
    """
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    is_tall = x.shape[1] > x.shape[2]
    x = x.mT if is_tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_ITERATIONS):
        squared = x @ x.mT
        x = a * x + (b * squared + c * squared @ squared) @ x
    orthogonal: Tensor = x.mT if is_tall else x
    return orthogonal
