"""Measure a system on the fixed protocol while it trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autochrome.color.encoding import TEMPERATURE, decode_logits
from autochrome.evaluate import SHARDS, Predict, evaluate
from autochrome.nn import System
from autochrome.shards import decode_rgb, read_photographs


def system_predict(
    system: System, temperature: float = TEMPERATURE, vividness: float = 0.0
) -> Predict:
    """Wrap a system as the evaluator's callable; pictures padded to the system's multiple."""
    parameter = next(system.parameters())
    weights = system.head.rebalancing_weights.double().cpu().numpy()  # type: ignore[operator]

    @torch.inference_mode()
    def predict(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = lightness.shape
        picture = torch.from_numpy(lightness)[None, None].to(parameter.device)
        pad = (0, -width % system.multiple, 0, -height % system.multiple)
        output = system(F.pad(picture, pad, mode="replicate")).float()
        logits = output[0].permute(1, 2, 0).cpu().numpy()
        ab = decode_logits(logits, None, temperature, vividness, weights)
        small = torch.from_numpy(ab).permute(2, 0, 1)[None]
        large = F.interpolate(small, scale_factor=4, mode="bilinear", align_corners=False)
        return np.asarray(large[0, :, :height, :width].permute(1, 2, 0).contiguous().numpy())

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
