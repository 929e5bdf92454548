"""A distribution over the ab gamut's bins, learned by rebalanced soft cross-entropy.

Source: Zhang, Isola, Efros 2016, section 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from autochrome.color import (
    ab_gamut,
    class_rebalancing_weights,
    saturation_logits,
    soft_encoding_table,
)
from autochrome.color.encoding import TEMPERATURE
from autochrome.nn.system import HeadSettings, Target


class SoftEncoded(NamedTuple):
    """The K nearest bins of each cell, nearest first: (N, h, w, K) and their weights."""

    bins: Tensor
    weights: Tensor


class AbClassification(nn.Module):
    """A 1x1 convolution to Q logits, with its target encoding, loss and decoder.

    Parameters
    ----------
    in_channels : features the backbone gives.
    settings : prior, lambda of class rebalancing, neighbors of the soft encoding.

    Notes
    -----
    The bias starts at the log of the rebalanced prior, the best answer that ignores the
    picture, so that training begins with the picture. The paper starts elsewhere (from
    pretrained weights).
    """

    prior: Tensor
    rebalancing_weights: Tensor
    centers: Tensor
    saturation_logits: Tensor
    table_bins: Tensor
    table_weights: Tensor

    def __init__(self, in_channels: int, settings: HeadSettings) -> None:
        super().__init__()
        prior = settings.prior
        weights = class_rebalancing_weights(prior, settings.uniform_mixing)
        table = soft_encoding_table()
        nearest = table.weights[..., : settings.num_neighbors]
        self.table_minimum = table.minimum
        self.table_maximum = table.maximum
        self.register_buffer("prior", torch.tensor(prior, dtype=torch.float32))
        for name, value in (
            ("rebalancing_weights", weights.astype(np.float32)),
            ("centers", ab_gamut().centers.copy()),
            ("saturation_logits", saturation_logits()),
            ("table_bins", table.bins[..., : settings.num_neighbors].copy()),
            ("table_weights", nearest / nearest.sum(-1, keepdims=True)),
        ):
            self.register_buffer(name, torch.from_numpy(value), persistent=False)
        self.projection = nn.Conv2d(in_channels, len(prior), 1)
        nn.init.normal_(self.projection.weight, std=0.01)
        assert self.projection.bias is not None
        answer = torch.from_numpy(np.maximum(prior * weights, 1e-6)).float().log()
        self.projection.bias.data.copy_(answer)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (N, C, h, w) to logits (N, Q, h, w)."""
        logits: Tensor = self.projection(features)
        return logits

    def encode_target(self, ab: Tensor) -> SoftEncoded:
        """Soft-encode ab (N, 2, h, w) by table look-up at integer ab."""
        index = ab.round().long().clamp(self.table_minimum, self.table_maximum)
        a, b = (index - self.table_minimum).unbind(1)
        return SoftEncoded(self.table_bins[a, b], self.table_weights[a, b])

    def cross_entropy(self, logits: Tensor, target: SoftEncoded) -> Tensor:
        """Soft cross-entropy of each cell, (N, h, w), not rebalanced."""
        # Bins last and contiguous: the layout channels-last training has anyway.
        log_probabilities = logits.permute(0, 2, 3, 1).float().log_softmax(-1)
        return -(target.weights * log_probabilities.gather(-1, target.bins)).sum(-1)

    def loss(self, output: Tensor, target: Target) -> Tensor:
        """Rebalanced soft cross-entropy, mean over cells.

        Notes
        -----
        Zhang, Isola, Efros 2016, equations 2 and 3: each cell weighs as its nearest bin.
        """
        encoded = self.encode_target(target.lab[:, 1:])
        return (self.rebalance(encoded) * self.cross_entropy(output, encoded)).mean()

    def rebalance(self, target: SoftEncoded) -> Tensor:
        """Weigh cells (N, h, w) by the rarity of their nearest bins, 1 on average."""
        weights: Tensor = self.rebalancing_weights[target.bins[..., 0]]
        return weights

    def loss_floor(self, target: Target) -> Tensor:
        """Compute the least possible `loss`: the rebalanced mean entropy of the targets."""
        encoded = self.encode_target(target.lab[:, 1:])
        entropy = -torch.special.xlogy(encoded.weights, encoded.weights).sum(-1)
        floor: Tensor = (self.rebalance(encoded) * entropy).mean()
        return floor

    def decode(
        self,
        output: Tensor,
        lightness: Tensor,
        temperature: float = TEMPERATURE,
        vividness: float = 0.0,
    ) -> Tensor:
        """Decode logits to ab (N, 2, h, w): torch's twin of `color.decode_logits`."""
        favor = vividness * self.saturation_logits[:, None, None]
        distribution = (output.float() / temperature + favor).softmax(1)
        return torch.einsum("nqhw,qc->nchw", distribution, self.centers)
