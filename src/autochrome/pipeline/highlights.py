"""Highlights: near white, where a display has room for little color, none is favored.

A vividness that suits the rest turns snow, surf and white cloth yellow. What is gained by sparing
them: docs/training.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import saturation_logits

_BEGIN, _WHITE = 85.0, 100.0  # L*


def spare_highlights(
    answer: NDArray[np.float32], lightness: NDArray[np.float32], favor: float
) -> NDArray[np.float32]:
    """Take out of an answer, toward white, what will be added to favor saturated colors.

    In the answer, not as it is decoded, so that what was white stays so where a film averages it
    with the darker frames of a fade.

    Parameters
    ----------
    answer : (..., Q) logits; anything if nothing is favored.
    lightness : (...) L* of the cells, in [0, 100].
    favor : temperature times vividness, those of the model itself: none of it is taken out up to an
        L* of 85, all of it at 100, and linearly more between them.

    Returns
    -------
    (..., Q) float32 logits, or `answer` itself.
    """
    share = np.asarray(np.clip((lightness - _BEGIN) / (_WHITE - _BEGIN), 0, 1), np.float32)
    if favor == 0 or not share.any():
        return answer
    excess = np.float32(favor) * share[..., None] * saturation_logits()
    return np.asarray(answer - excess)
