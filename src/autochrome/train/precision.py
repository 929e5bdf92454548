"""How the large weights of a network are stored: as fp16, or as int8 with a scale a channel.

They are rounded before anything is exported, so that torch computes with what ships; the graph
then stores each in a form that gives exactly the rounded values back.

Source of how int8 weights are rounded: Guo et al. 2022, *SQuant* (arXiv 2202.07471), its
kernel-wise part; the channel-wise one that follows it there makes the flagship's colors no better.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Precision = Literal["fp16", "int8"]

LARGE_FROM = 100_000
"""Tensors of at least so many values are rounded.

Rounding the small ones too, those near the answer above all, moves ab by up to 0.1 instead
of 0.005 and saves less than a tenth of the file.
"""

INT8_FROM = 500_000
"""Tensors of at least so many values are rounded to int8 where that is asked for.

Of the flagship those are the 3x3 kernels of the blocks at H/16, three quarters of all weights;
rounding the other large ones too moves ab four times as far (0.17 on average, not 0.05).
"""

FIRST_AS_FP16 = 2
"""So many of them, the first ones, are rounded to fp16 all the same.

The errors of the first pass through all others: without them ab moves by a third less.
"""

_MOST_STEPS = 127
_NOTHING = 1e-30  # channels without larger weights become zero: their scale would lose bits
_SCALE_BITS = 16


class Int8Weights(NamedTuple):
    """Weights as int8 steps of one size a channel.

    Parameters
    ----------
    steps : int8, of the shape of the weights, in [-127, 127].
    scale : float32, the size of a step; of the same shape but for sides of 1. It has 16
        significant bits, so that float32 holds every product exactly.
    """

    steps: NDArray[np.int8]
    scale: NDArray[np.float32]

    @property
    def values(self) -> NDArray[np.float32]:
        """The weights, float32."""
        return self.steps.astype(np.float32) * self.scale


def round_weights(network: nn.Module, precision: Precision) -> None:
    """Round the large weights, in place, keeping float32 storage.

    To the nearest fp16 value, or the largest, but for the first of them, to int8 steps whose size
    is chosen for each output channel.
    """
    int8 = _for_int8(network) if precision == "int8" else set()
    for module in network.modules():
        axis = 1 if isinstance(module, nn.ConvTranspose2d) else 0  # of the output channels
        for parameter in module.parameters(recurse=False):
            if parameter.numel() < LARGE_FROM:
                continue
            if parameter not in int8:
                parameter.data = parameter.data.half().float()
            else:
                weights = parameter.detach().cpu().numpy()
                parameter.data = torch.from_numpy(quantize(weights, axis).values)


def stored_as(network: nn.Module, precision: Precision) -> str:
    """Say how the weights of a network that `round_weights` has rounded are stored."""
    if precision == "int8" and _for_int8(network):
        return "int8, other tensors fp16 and fp32"
    return "fp16, small tensors fp32"


def _for_int8(network: nn.Module) -> set[nn.Parameter]:
    largest = [parameter for parameter in network.parameters() if parameter.numel() >= INT8_FROM]
    return set(largest[FIRST_AS_FP16:])


def quantize(weights: NDArray[np.float32], axis: int) -> Int8Weights:
    """Round weights to int8 steps, so small that each channel's largest weight has 127 of them.

    What a kernel sees is much alike at all of its places, so that errors of its weights matter by
    their sum: as many as make it smallest, those nearest to half a step, are rounded the other
    way. Colors then move half as far as by rounding each weight to the nearest step. (Not so where
    a convolution enlarges: each of its outputs sees but some places of a kernel.)

    Clipping a channel's largest weights for smaller steps was tried: the best such scale takes
    one hundredth off the squared error.

    Parameters
    ----------
    weights : float32, of any shape; the third axis and those after it are those of kernels.
    axis : along which the output channels lie.
    """
    largest = _largest(weights, axis)
    scale = np.where(
        largest > _NOTHING, _shortened(largest / np.float32(_MOST_STEPS)), np.float32(1)
    )
    steps = _steps(weights, scale)
    balanced = axis == 0 and weights.ndim > 2
    return Int8Weights(_balance(weights / scale, steps) if balanced else steps, scale)


def _balance(exact: NDArray[np.floating], steps: NDArray[np.int8]) -> NDArray[np.int8]:
    """Move some steps of each kernel by one, so that their errors add up to as little as can be."""
    kernels = (-1, int(np.prod(steps.shape[2:])))
    error = (steps - exact).reshape(kernels)
    total = error.sum(axis=1, keepdims=True)
    # A channel's largest weight keeps its 127 steps: they are what its scale is known by.
    fixed = np.abs(steps.reshape(kernels)) == _MOST_STEPS
    excess = np.where(fixed, 0, error * np.sign(total))
    # Stable: the order of equal ones shall not depend on the machine.
    order = (-excess).argsort(axis=1, kind="stable")
    moved = (order.argsort(axis=1) < np.rint(np.abs(total))) & (excess > 0)
    balanced = steps.reshape(kernels) - moved * np.sign(total)
    return np.asarray(balanced.reshape(steps.shape), dtype=np.int8)


def as_int8(weights: NDArray[np.float32]) -> Int8Weights | None:
    """Find the steps of weights that `quantize` has rounded; None if they are not such.

    Where an exporter has transposed them, the channels are found on the other axis.
    """
    for axis in range(min(weights.ndim, 2)):
        largest = _largest(weights, axis)
        # Every channel's largest weight has 127 steps, exactly.
        scale = np.where(largest > 0, largest / np.float32(_MOST_STEPS), np.float32(1))
        found = Int8Weights(_steps(weights, scale), scale)
        if np.array_equal(found.values, weights):
            return found
    return None


def as_half(weights: NDArray[np.float32]) -> NDArray[np.float16] | None:
    """Return weights as fp16 if that loses nothing."""
    with np.errstate(over="ignore"):
        half = weights.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), weights) else None


def _largest(weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return the largest absolute weight of each channel, with sides of 1 for the other axes."""
    others = tuple(i for i in range(weights.ndim) if i != axis)
    return np.asarray(np.abs(weights).max(axis=others, keepdims=True))


def _steps(weights: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.asarray(np.clip(np.rint(weights / scale), -_MOST_STEPS, _MOST_STEPS), dtype=np.int8)


def _shortened(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to few enough bits for products with int8 to be exact in float32."""
    mantissa, exponent = np.frexp(values)
    short = np.rint(mantissa * 2**_SCALE_BITS) / 2**_SCALE_BITS
    return np.asarray(np.ldexp(short, exponent), dtype=np.float32)
