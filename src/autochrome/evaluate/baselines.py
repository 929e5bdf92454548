"""What a model has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def grey(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Predict no color at all; (H, W) to (H, W, 2)."""
    return np.zeros((*lightness.shape, 2), np.float32)
