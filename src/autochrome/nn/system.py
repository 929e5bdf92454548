"""A system: a backbone that sees lightness and a head that answers with color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE = 4
"""Pixels of a cell's side: every system answers on the grid of Zhang 2016, H/4 x W/4."""


class Target(NamedTuple):
    """The truth of a batch: ``lab`` (N, 3, h, w) of its cells, ``label`` (N,) int64, or -1."""

    lab: Tensor
    label: Tensor


@dataclass(frozen=True, kw_only=True)
class HeadSettings:
    """What a head may need to know of the photographs and the recipe.

    Parameters
    ----------
    prior : (Q,) empirical prior of the training set over the bins of the ab gamut.
    uniform_mixing : lambda of class rebalancing; 1 switches it off.
    num_neighbors : bins of a soft-encoded target; 1 is one-hot.
    num_classes : labels that photographs of the training set carry.
    """

    prior: NDArray[np.floating]
    uniform_mixing: float = 0.5
    num_neighbors: int = 5
    num_classes: int = 0


@runtime_checkable
class Backbone(Protocol):
    """Features of a lightness picture: (N, 1, H, W) L* to (N, out_channels, H/4, W/4).

    One that serves a head made for it may return a tuple of tensors instead.
    """

    out_channels: int
    multiple: int
    """H and W must be multiples of this."""


@runtime_checkable
class Head(Protocol):
    """Owns the target space: what is predicted, how it is learned, how it becomes ab.

    Keeps the ``prior`` of its settings as a buffer. Called with the backbone's features it
    returns (N, C, h, w); while training, a tuple with more, if its loss needs more.
    """

    def loss(self, output: Any, target: Target) -> Tensor:
        """Compare the output with the truth; a scalar."""
        ...

    def loss_floor(self, target: Target) -> Tensor:
        """Return the least possible `loss`; a scalar."""
        ...

    def decode(self, output: Tensor, lightness: Tensor) -> Tensor:
        """Turn the output (N, C, h, w) and the cells' L* (N, 1, h, w) into ab (N, 2, h, w)."""
        ...


class System(nn.Module):
    """Backbone and head as one network.

    Parameters
    ----------
    backbone : a `Backbone` module.
    head : a `Head` module that takes ``backbone.out_channels`` features.
    """

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        assert isinstance(backbone, Backbone)
        assert isinstance(head, Head)
        self.backbone = backbone
        self.head = head
        self.multiple: int = backbone.multiple

    def forward(self, lightness: Tensor) -> Any:
        """Map (N, 1, H, W) L* in [0, 100] to the head's output (N, C, H/4, W/4)."""
        return self.head(self.backbone(lightness))

    def predict_ab(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* in [0, 100] to ab (N, 2, H/4, W/4); for evaluation mode."""
        ab: Tensor = self.head.decode(self(lightness), F.avg_pool2d(lightness, STRIDE))
        return ab
