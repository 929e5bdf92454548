"""Regression of a color by L2, in a space of choice: what Zhang 2016 argues against.

Zhang, Isola, Efros 2016, equation 1: half the squared distance in ab, mean over cells. The
other spaces are for comparison.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from autochrome.color import ab_gamut
from autochrome.nn.spaces import AB, LUV, RGB, YUV, TargetSpace
from autochrome.nn.system import HeadSettings, Target

MEAN_LIGHTNESS = 50.0


def half_squared_distance(output: Tensor, truth: Tensor) -> Tensor:
    """Half the squared distance of (N, C, h, w) coordinates, mean over cells; a scalar."""
    return 0.5 * (output - truth).square().sum(1).mean()


class Regression(nn.Module):
    """A 1x1 convolution to the coordinates of a color space.

    Parameters
    ----------
    in_channels : features the backbone gives.
    settings : of which the prior is used: the answer starts at its mean color, at L* = 50.
    space : what is predicted.
    compare : the loss, of the answer and the true coordinates, both scaled; 0 if they agree.
    """

    prior: Tensor

    def __init__(
        self,
        in_channels: int,
        settings: HeadSettings,
        space: TargetSpace,
        compare: Callable[[Tensor, Tensor], Tensor] = half_squared_distance,
    ) -> None:
        super().__init__()
        self.space = space
        self.compare = compare
        self.register_buffer("prior", torch.tensor(settings.prior, dtype=torch.float32))
        self.projection = nn.Conv2d(in_channels, space.num_channels, 1)
        nn.init.normal_(self.projection.weight, std=0.01)
        assert self.projection.bias is not None
        mean_ab = settings.prior @ ab_gamut().centers / np.sum(settings.prior)
        mean = torch.tensor([MEAN_LIGHTNESS, *mean_ab], dtype=torch.float32).view(1, 3, 1, 1)
        self.projection.bias.data.copy_(space.encode(mean).flatten() / space.scale)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (N, C, h, w) to coordinates (N, space.num_channels, h, w), scaled."""
        scaled: Tensor = self.projection(features)
        return scaled

    def loss(self, output: Tensor, target: Target) -> Tensor:
        """Compare with the true coordinates, both scaled."""
        return self.compare(output.float(), self.space.encode(target.lab) / self.space.scale)

    def loss_floor(self, target: Target) -> Tensor:
        """Return 0: a cell's color can be met exactly."""
        return target.lab.new_zeros(())

    def decode(self, output: Tensor, lightness: Tensor) -> Tensor:
        """Convert the coordinates to ab (N, 2, h, w)."""
        return self.space.decode(output.float() * self.space.scale, lightness)


def ab_regression(in_channels: int, settings: HeadSettings) -> Regression:
    """Regress ab."""
    return Regression(in_channels, settings, AB)


def yuv_regression(in_channels: int, settings: HeadSettings) -> Regression:
    """Regress U and V of ITU-R BT.601."""
    return Regression(in_channels, settings, YUV)


def luv_regression(in_channels: int, settings: HeadSettings) -> Regression:
    """Regress u* and v* of CIELUV."""
    return Regression(in_channels, settings, LUV)


def rgb_regression(in_channels: int, settings: HeadSettings) -> Regression:
    """Regress sRGB; its lightness is dropped for the photograph's."""
    return Regression(in_channels, settings, RGB)
