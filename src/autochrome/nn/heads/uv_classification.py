"""Two distributions, over bins of u* and of v* (CIELUV), learned by cross-entropy.

Source: Hwang, Zhou 2016, *Image Colorization with Deep Convolutional Neural Networks*, whose
targets are one-hot in 50 bins of each axis. Not rebalanced, as in the report: that is Zhang
2016's, to which the annealed mean is due, too. Difference: the bins span what sRGB reaches.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.color import ab_gamut
from autochrome.color.encoding import TEMPERATURE
from autochrome.nn.heads.regression import MEAN_LIGHTNESS
from autochrome.nn.spaces import lab_to_luv, luv_to_ab
from autochrome.nn.system import HeadSettings, Target
from autochrome.tensor_color import linear_to_lab, srgb_to_linear

NUM_BINS = 50
"""Of each axis."""


@cache
def uv_range() -> Tensor:
    """Derive the least and the greatest u* and v* of the sRGB cube, (2, 2)."""
    ramp = torch.linspace(0, 1, 17)
    rgb = torch.cartesian_prod(ramp, ramp, ramp).T[None, :, :, None]
    uv = lab_to_luv(linear_to_lab(srgb_to_linear(rgb)))
    return torch.stack(uv.aminmax(dim=2), -1).view(2, 2).T


class UvClassification(nn.Module):
    """A 1x1 convolution to the logits of u* and, after them, of v*.

    Parameters
    ----------
    in_channels : features the backbone gives.
    settings : of which the prior is used: the answer starts at its distribution, at L* = 50.
    """

    prior: Tensor
    minimum: Tensor
    step: Tensor

    def __init__(self, in_channels: int, settings: HeadSettings) -> None:
        super().__init__()
        least, greatest = uv_range()
        self.register_buffer("prior", torch.tensor(settings.prior, dtype=torch.float32))
        self.register_buffer("minimum", least.view(2, 1, 1), persistent=False)
        self.register_buffer("step", (greatest - least).view(2, 1, 1) / NUM_BINS, persistent=False)
        self.projection = nn.Conv2d(in_channels, 2 * NUM_BINS, 1)
        nn.init.normal_(self.projection.weight, std=0.01)
        assert self.projection.bias is not None
        self.projection.bias.data.copy_(self._distribution().log().flatten())

    def _distribution(self) -> Tensor:
        """Return the prior's share of each bin, (2, NUM_BINS), none of them 0."""
        ab = torch.tensor(ab_gamut().centers)
        lab = torch.cat([torch.full_like(ab[:, :1], MEAN_LIGHTNESS), ab], 1)
        bins = self.encode_target(lab.T[None, :, :, None])[0, :, :, 0]
        share = torch.zeros(2, NUM_BINS).scatter_add_(1, bins, self.prior.expand(2, -1))
        return 0.9 * share / share.sum(1, keepdim=True) + 0.1 / NUM_BINS

    @staticmethod
    def _by_axis(output: Tensor) -> Tensor:
        """Split logits (N, 2 x NUM_BINS, h, w) into (N, 2, NUM_BINS, h, w), in full precision."""
        batch, _, height, width = output.shape
        return output.float().reshape(batch, 2, NUM_BINS, height, width)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (N, C, h, w) to logits (N, 2 x NUM_BINS, h, w)."""
        logits: Tensor = self.projection(features)
        return logits

    def encode_target(self, lab: Tensor) -> Tensor:
        """Find the bins of u* and v*, (N, 2, h, w) int64, of Lab (N, 3, h, w)."""
        bins = ((lab_to_luv(lab) - self.minimum) / self.step).floor().long()
        return bins.clamp(0, NUM_BINS - 1)

    def loss(self, output: Tensor, target: Target) -> Tensor:
        """Cross-entropy of u* and of v*, added; mean over cells."""
        logits = self._by_axis(output).transpose(1, 2)
        return 2 * F.cross_entropy(logits, self.encode_target(target.lab))

    def loss_floor(self, target: Target) -> Tensor:
        """Return 0: the targets are one-hot."""
        return target.lab.new_zeros(())

    def decode(self, output: Tensor, lightness: Tensor, temperature: float = TEMPERATURE) -> Tensor:
        """Convert the annealed means of u* and v* to ab (N, 2, h, w)."""
        distribution = (self._by_axis(output) / temperature).softmax(2)
        position = torch.arange(NUM_BINS, device=output.device) + 0.5
        mean = torch.einsum("ncbhw,b->nchw", distribution, position)
        return luv_to_ab(self.minimum + self.step * mean, lightness)
