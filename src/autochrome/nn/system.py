"""A system: a backbone that sees lightness and a head that answers with color."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor, nn


@runtime_checkable
class Backbone(Protocol):
    """Features of a lightness picture: (N, 1, H, W) L* to (N, out_channels, H/4, W/4)."""

    out_channels: int
    multiple: int
    """H and W must be multiples of this."""


@runtime_checkable
class Head(Protocol):
    """Owns the target space: what is predicted, how it is learned, how it becomes ab."""

    def loss(self, output: Tensor, ab: Tensor) -> Tensor:
        """Compare the output (N, C, h, w) with the target ab (N, 2, h, w); a scalar."""
        ...

    def decode(self, output: Tensor) -> Tensor:
        """Turn the output (N, C, h, w) into ab (N, 2, h, w)."""
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

    def forward(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* in [0, 100] to the head's output (N, C, H/4, W/4)."""
        output: Tensor = self.head(self.backbone(lightness))
        return output
