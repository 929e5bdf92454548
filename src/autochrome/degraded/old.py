"""A photograph as a scan of an old print would show it.

The damages are those of training (`data.augmentation`), but none is left to chance, and what
blurs, fades and grains comes twice: in the negative, and again in the print made from it.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from autochrome.data.augmentation import add_grain, blur, change_tone, compress_jpeg, mix_channels
from autochrome.tensor_color import luminance_to_lightness, uint8_to_linear

_GENERATIONS = 2  # the negative and the print


def old(rgb: NDArray[np.uint8], position: int) -> NDArray[np.float32]:
    """Age a photograph.

    Parameters
    ----------
    rgb : (H, W, 3) uint8 sRGB.
    position : in the set, from 0; the seed of every damage's strength.

    Returns
    -------
    (H, W) float32 L* in [0, 100].
    """
    height, width = rgb.shape[:2]
    generator = torch.Generator().manual_seed(position)
    linear = uint8_to_linear(torch.tensor(rgb)).permute(2, 0, 1)[None]
    aged = luminance_to_lightness(mix_channels(linear, generator))
    for _ in range(_GENERATIONS):
        for damage in (change_tone, add_grain, blur):
            aged = damage(aged, generator)
    blocks = F.pad(aged.clamp(0, 100), (0, -width % 8, 0, -height % 8), mode="replicate")
    scan = compress_jpeg(blocks, generator)[0, 0, :height, :width]
    return np.asarray(scan.clamp(0, 100).contiguous().numpy())
