"""Regression of ab beside classification of the scene: Iizuka, Simo-Serra, Ishikawa 2016.

Differences from the paper: both terms of the loss are means, over cells and over labelled
photographs, where the paper writes the color term as a Frobenius norm; the classes are the
labels that the training photographs carry, in place of the 205 of Places, and photographs
without one count only for color.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.color import ab_gamut
from autochrome.nn.backbones.iizuka2016 import GLOBAL_CHANNELS
from autochrome.nn.system import HeadSettings, Target

AB_LIMIT = 110.0
"""The sigmoid's 0 and 1 are this far from gray, on either axis."""

CLASSIFICATION_WEIGHT = 1 / 300
"""alpha."""

_HIDDEN = 256


class ColorAndScene(NamedTuple):
    """Color before the sigmoid (N, 2, h, w), and class scores (N, num_classes)."""

    color: Tensor
    scores: Tensor


class SceneRegression(nn.Module):
    """A 3x3 convolution to ab by a sigmoid, and a classifier of the global vector.

    Parameters
    ----------
    in_channels : features the backbone gives, beside its global vector.
    settings : number of classes, 0 for no classifier; and the prior: the answer starts at
        its mean color.

    Notes
    -----
    While training, the output is a `ColorAndScene` if there are classes, else its ``color``.
    """

    prior: Tensor

    def __init__(self, in_channels: int, settings: HeadSettings) -> None:
        super().__init__()
        self.register_buffer("prior", torch.tensor(settings.prior, dtype=torch.float32))
        self.projection = nn.Conv2d(in_channels, 2, 3, padding=1)
        nn.init.normal_(self.projection.weight, std=0.01)
        assert self.projection.bias is not None
        mean_ab = settings.prior @ ab_gamut().centers / np.sum(settings.prior)
        self.projection.bias.data.copy_(torch.logit(_relative(torch.tensor(mean_ab))))
        self.classifier = (
            nn.Sequential(
                nn.Linear(GLOBAL_CHANNELS, _HIDDEN),
                nn.BatchNorm1d(_HIDDEN),
                nn.ReLU(inplace=True),
                nn.Linear(_HIDDEN, settings.num_classes),
            )
            if settings.num_classes
            else None
        )

    def forward(self, seen: tuple[Tensor, Tensor]) -> Tensor | ColorAndScene:
        """Map features (N, C, h, w) and the global vector (N, 512) to color, and scene."""
        features, vector = seen
        color: Tensor = self.projection(features)
        if self.classifier is None or not self.training:
            return color
        return ColorAndScene(color, self.classifier(vector))

    def loss(self, output: Tensor | ColorAndScene, target: Target) -> Tensor:
        """Squared distance in ab of [0, 1], mean over cells, + alpha * cross-entropy.

        Notes
        -----
        Iizuka 2016, section 3.
        """
        if not isinstance(output, ColorAndScene):
            return _squared_distance(output, target.lab)
        # Zero, not absent, if no photograph has a label: processes wait for every gradient.
        scene = F.cross_entropy(
            output.scores.float(), target.label, ignore_index=-1, reduction="sum"
        ) / (target.label >= 0).sum().clamp(min=1)
        return _squared_distance(output.color, target.lab) + CLASSIFICATION_WEIGHT * scene

    def loss_floor(self, target: Target) -> Tensor:
        """Return 0: a cell's color can be met exactly, and a label named."""
        return target.lab.new_zeros(())

    def decode(self, output: Tensor, lightness: Tensor) -> Tensor:
        """Convert color before the sigmoid to ab (N, 2, h, w)."""
        return (2 * output.float().sigmoid() - 1) * AB_LIMIT


def _relative(ab: Tensor) -> Tensor:
    """Scale ab to the range of the sigmoid."""
    return (ab / AB_LIMIT + 1) / 2


def _squared_distance(color: Tensor, lab: Tensor) -> Tensor:
    return (color.float().sigmoid() - _relative(lab[:, 1:])).square().sum(1).mean()
