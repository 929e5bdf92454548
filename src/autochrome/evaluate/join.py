"""Join lightness and ab to the picture that is measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb, reduce_chroma

_ROUNDING = 0.5 / 255


def join(lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Join lightness (H, W) and ab (H, W, 2) to (H, W, 3) sRGB.

    Colors outside sRGB lose chroma at fixed lightness, rather than being clipped.
    """
    lab = np.concatenate([lightness[..., None], ab], axis=-1, dtype=np.float32)
    rgb = lab_to_rgb(lab)
    # The search for the gamut's border is slow: only where 8 bits could tell.
    outside = ((rgb < -_ROUNDING) | (rgb > 1 + _ROUNDING)).any(axis=-1)
    rgb[outside] = lab_to_rgb(reduce_chroma(lab[outside]))
    return np.asarray(np.rint(255 * rgb.clip(0, 1)), dtype=np.uint8)
