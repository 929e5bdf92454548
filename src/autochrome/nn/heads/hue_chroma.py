"""Two distributions, over chroma and over hue: Larsson, Maire, Shakhnarovich 2016, section 3.

Differences from the paper: chroma and hue are the polar coordinates of ab, where the paper's
are those of HSL, so that L* stays as it is; the target is a cell's mean color, shared out to
the two nearest bins, where the paper's is a histogram over the 7x7 neighborhood.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from autochrome.color import ab_gamut
from autochrome.nn.system import HeadSettings, Target

NUM_BINS = 32
"""K, of chroma and of hue."""

MAX_CHROMA = 134.0
"""The most chromatic color of sRGB, its blue, has 133.8."""

CHROMA_STEP = MAX_CHROMA / (NUM_BINS - 1)
HUE_STEP = 2 * math.pi / NUM_BINS
HUE_WEIGHT = 5.0
"""lambda_H."""

FADING = 0.03
"""eta: below this agreement on a hue the color fades."""


class Histogram(NamedTuple):
    """A cell's two nearest bins, (N, 2, h, w) int64, and the share of each."""

    bins: Tensor
    shares: Tensor

    def entropy(self) -> Tensor:
        """Entropy of each cell, (N, h, w)."""
        entropy: Tensor = -torch.special.xlogy(self.shares, self.shares).sum(1)
        return entropy

    def cross_entropy(self, logits: Tensor) -> Tensor:
        """Cross-entropy of each cell, (N, h, w), with logits (N, K, h, w)."""
        return -(self.shares * logits.log_softmax(1).gather(1, self.bins)).sum(1)


class Encoded(NamedTuple):
    """A target: its histograms, and chroma (N, h, w) as a share of the largest."""

    chroma: Histogram
    hue: Histogram
    relative_chroma: Tensor

    def total(self, chroma_term: Tensor, hue_term: Tensor) -> Tensor:
        """Weigh the terms (N, h, w) of both histograms as the loss does; mean over cells."""
        return (chroma_term + HUE_WEIGHT * self.relative_chroma * hue_term).mean()


def _share_out(position: Tensor) -> Histogram:
    """Share each position (N, h, w), in steps from bin 0, between its neighbors; circular."""
    lower = position.floor()
    bins = torch.stack([lower, lower + 1], 1).long() % NUM_BINS
    above = position - lower
    return Histogram(bins, torch.stack([1 - above, above], 1))


def encode(ab: Tensor) -> Encoded:
    """Turn ab (N, 2, h, w) into histograms; bin 0 is at chroma 0, and at hue 0."""
    a, b = ab.unbind(1)
    chroma = torch.hypot(a, b).clamp(max=MAX_CHROMA)
    hue = torch.atan2(b, a) % (2 * math.pi)
    # The last bin's upper neighbor gets nothing, for chroma ends there.
    position = (chroma / CHROMA_STEP).clamp(max=NUM_BINS - 1)
    return Encoded(_share_out(position), _share_out(hue / HUE_STEP), chroma / MAX_CHROMA)


def median_chroma(distribution: Tensor) -> Tensor:
    """Find the median of distributions (N, K, h, w) over chroma, spread evenly in each bin.

    Returns
    -------
    (N, h, w) in [0, `MAX_CHROMA`].
    """
    cumulative = distribution.cumsum(1)
    index = (cumulative < 0.5).sum(1, keepdim=True).clamp(max=NUM_BINS - 1)
    share = distribution.gather(1, index)
    below = cumulative.gather(1, index) - share
    position = index - 0.5 + (0.5 - below) / share
    return position[:, 0].clamp(0, NUM_BINS - 1) * CHROMA_STEP


class HueChroma(nn.Module):
    """A 1x1 convolution to K logits of chroma and K of hue.

    Parameters
    ----------
    in_channels : features the backbone gives.
    settings : of which the prior is used: the answer starts at its histograms.
    """

    prior: Tensor
    directions: Tensor

    def __init__(self, in_channels: int, settings: HeadSettings) -> None:
        super().__init__()
        self.register_buffer("prior", torch.tensor(settings.prior, dtype=torch.float32))
        angles = torch.arange(NUM_BINS) * HUE_STEP
        directions = torch.stack([angles.cos(), angles.sin()], 1)  # (K, 2)
        self.register_buffer("directions", directions, persistent=False)
        self.projection = nn.Conv2d(in_channels, 2 * NUM_BINS, 1)
        nn.init.normal_(self.projection.weight, std=0.01)
        assert self.projection.bias is not None
        self.projection.bias.data.copy_(self._best_blind_answer())

    def _best_blind_answer(self) -> Tensor:
        """Return the logits (2 K) of least loss for whoever does not see the picture."""
        encoded = encode(torch.tensor(ab_gamut().centers, dtype=torch.float32)[:, :, None, None])
        chromatic = self.prior * encoded.relative_chroma.flatten()
        answers = []
        for histogram, weights in ((encoded.chroma, self.prior), (encoded.hue, chromatic)):
            shares = weights[:, None] * histogram.shares.flatten(1)
            counts = torch.zeros(NUM_BINS)
            counts.index_add_(0, histogram.bins.flatten(), shares.flatten())
            answers.append((counts / counts.sum()).clamp(min=1e-6).log())
        return torch.cat(answers)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (N, C, h, w) to logits (N, 2 K, h, w): chroma, then hue."""
        logits: Tensor = self.projection(features)
        return logits

    def loss(self, output: Tensor, target: Target) -> Tensor:
        """Cross-entropy of chroma and, weighted by the cell's chroma, of hue; mean over cells.

        Notes
        -----
        Larsson 2016, section 3. The paper writes KL divergence, which is this less
        `loss_floor`. Its chroma weight too is in [0, 1], but of another chroma.
        """
        encoded = encode(target.lab[:, 1:])
        chroma, hue = output.float().chunk(2, 1)
        return encoded.total(encoded.chroma.cross_entropy(chroma), encoded.hue.cross_entropy(hue))

    def loss_floor(self, target: Target) -> Tensor:
        """Compute the least possible `loss`: the targets' entropy, weighted alike."""
        encoded = encode(target.lab[:, 1:])
        return encoded.total(encoded.chroma.entropy(), encoded.hue.entropy())

    def decode(self, output: Tensor, lightness: Tensor) -> Tensor:
        """Decode logits to ab (N, 2, h, w): median of chroma, expectation of hue, faded.

        Notes
        -----
        Larsson 2016, section 3: hue is the angle of z, the expectation of e^(i hue), and
        chroma is multiplied by min(|z| / eta, 1).
        """
        chroma, hue = (logits.softmax(1) for logits in output.float().chunk(2, 1))
        z = torch.einsum("nkhw,kc->nchw", hue, self.directions)
        agreement = torch.linalg.vector_norm(z, dim=1, keepdim=True)
        ab: Tensor = median_chroma(chroma)[:, None] * z / agreement.clamp(min=FADING)
        return ab
