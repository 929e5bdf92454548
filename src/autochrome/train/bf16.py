"""Whether to train in bf16, with weights in float32."""

from __future__ import annotations

import time
from functools import cache

import torch
from torch.nn import functional as F

_SHAPE = (8, 320, 8, 8)  # the flagship's features at H/16 of a few training pictures
_TRIES = 10


@cache
def bf16_is_faster(device: torch.device) -> bool:
    """Tell whether convolutions are learned faster in bf16 than in float32 here.

    Of processors only those with AVX-512's bf16 are asked, and measured: with it one trained the
    flagship at two thirds of the speed of float32, another at twice it.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not torch.cpu._is_avx512_bf16_supported():
        return False
    fastest = {True: float("inf"), False: float("inf")}
    for _ in range(_TRIES):  # by turns, as what else the machine does slows both
        for bf16, seconds in fastest.items():
            fastest[bf16] = min(seconds, _seconds(bf16=bf16))
    return fastest[True] < fastest[False]


def _seconds(*, bf16: bool) -> float:
    """Measure one convolution on the processor, forward and backward."""
    channels = _SHAPE[1]
    features = torch.ones(_SHAPE).contiguous(memory_format=torch.channels_last).requires_grad_()
    kernel = torch.ones(channels, channels, 3, 3, requires_grad=True)
    started = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, bf16):
        answer = F.conv2d(features, kernel, padding=1)
    answer.float().sum().backward()  # type: ignore[no-untyped-call]
    return time.perf_counter() - started
