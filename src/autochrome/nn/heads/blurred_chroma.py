"""Regression of YUV chroma, plain and blurred, of Dahl 2016, *Automatic Colorization*.

The mean of three L2 losses: of U and V as they are, blurred by a 3x3 Gaussian and blurred by
a 5x5 one, which forgives a color that is a little out of place.

Differences: the kernels are as large but over cells of 4x4 pixels, not over pixels; the
answer is linear where the original ends in a sigmoid.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from autochrome.nn.heads.regression import Regression, half_squared_distance
from autochrome.nn.spaces import YUV
from autochrome.nn.system import HeadSettings


def _blur(x: Tensor) -> Tensor:
    """Blur (N, C, h, w) by the 3x3 Gaussian (1 2 1) / 4; edges are repeated."""
    line = x.new_tensor([0.25, 0.5, 0.25])
    kernel = torch.outer(line, line).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=x.shape[1])


def blurred_distance(output: Tensor, truth: Tensor) -> Tensor:
    """Average half the squared distance over three scales: plain, 3x3 and 5x5 blurred."""
    total = half_squared_distance(output, truth)
    for _ in range(2):  # (1 2 1) / 4 twice is (1 4 6 4 1) / 16
        output, truth = _blur(output), _blur(truth)
        total = total + half_squared_distance(output, truth)
    return total / 3


def blurred_chroma(in_channels: int, settings: HeadSettings) -> Regression:
    """Regress U and V of ITU-R BT.601 by `blurred_distance`."""
    return Regression(in_channels, settings, YUV, blurred_distance)
