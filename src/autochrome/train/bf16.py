"""Whether to train in bf16, with weights in float32."""

from __future__ import annotations

import time
from functools import cache

import torch
from torch.nn import functional as F

_SHAPE = (8, 256, 16, 16)  # of the flagship's features at H/16
_TRIES = 20


@cache
def bf16_is_faster(device: torch.device) -> bool:
    """Tell whether convolutions in bf16 are faster than in float32 here.

    Whether a processor has the instructions does not tell: by those of AVX-512 one trained the
    flagship at two thirds of the speed of float32, another at twice it. So it is measured, once.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not torch.cpu._is_avx512_bf16_supported():
        return False
    fastest = dict.fromkeys((torch.bfloat16, torch.float32), float("inf"))
    for _ in range(_TRIES):  # by turns, as what else the machine does slows both
        for dtype, seconds in fastest.items():
            fastest[dtype] = min(seconds, _seconds(dtype))
    return fastest[torch.bfloat16] < fastest[torch.float32]


def _seconds(dtype: torch.dtype) -> float:
    """Measure a convolution on the processor."""
    features = torch.ones(_SHAPE, dtype=dtype).contiguous(memory_format=torch.channels_last)
    kernel = torch.ones(_SHAPE[1], _SHAPE[1], 3, 3, dtype=dtype)
    started = time.perf_counter()
    F.conv2d(features, kernel, padding=1)
    return time.perf_counter() - started
