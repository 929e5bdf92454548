"""Measure a system on the fixed protocol while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from autochrome.evaluate import SHARDS, Predict, evaluate
from autochrome.nn import STRIDE, System
from autochrome.shards import decode_rgb, read_photographs

Decode: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Output (N, C, h, w) and the cells' L* (N, 1, h, w) to ab (N, 2, h, w)."""


def system_predict(system: System, decode: Decode | None = None) -> Predict:
    """Wrap a system as the evaluator's callable; pictures padded to the system's multiple.

    Parameters
    ----------
    system : in evaluation mode.
    decode : turns its output and the cells' L* into ab; the head's own by default.
    """
    parameter = next(system.parameters())
    decode = decode or system.head.decode

    @torch.inference_mode()
    def predict(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = lightness.shape
        picture = torch.from_numpy(lightness)[None, None].to(parameter.device)
        pad = (0, -width % system.multiple, 0, -height % system.multiple)
        padded = F.pad(picture, pad, mode="replicate")
        small = decode(system(padded).float(), F.avg_pool2d(padded, STRIDE))
        large = F.interpolate(small, scale_factor=STRIDE, mode="bilinear", align_corners=False)
        return np.asarray(large[0, :, :height, :width].permute(1, 2, 0).contiguous().cpu().numpy())

    return predict


def validate(system: System, shards: Sequence[Path], limit: int) -> dict[str, float]:
    """Evaluate on the first `limit` photographs of shards, protocol ``shards``; metric to value."""
    was_training = system.training
    system.eval()
    photographs = (
        decode_rgb(photograph.image, photograph.key)
        for photograph, _ in zip(read_photographs(shards), range(limit), strict=False)
    )
    report = evaluate(system_predict(system), photographs, SHARDS)
    system.train(was_training)
    return {name: estimate.value for name, estimate in report.metrics.items()}
