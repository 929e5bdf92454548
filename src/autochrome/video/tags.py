"""What a clip says of its color: matrix, range, primaries and transfer of its Y'CbCr."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SMALL = 576  # lines up to which an untagged clip is taken for BT.601, as players do

LUMA = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""K_R and K_B by the number of the matrix (ITU-T H.273, table 4): BT.709, 601, 601, 2020."""


@dataclass(frozen=True)
class ColorTags:
    """How Y'CbCr is to be understood, by the numbers of ITU-T H.273.

    Parameters
    ----------
    matrix : of `LUMA`.
    primaries, transfer : as the clip has them; 2 is "unspecified".
    full_range : whether Y' takes all codes, rather than 16 to 235 (of 8 bits).
    """

    matrix: int
    primaries: int = 2
    transfer: int = 2
    full_range: bool = False

    def luma_scale(self, depth: int) -> tuple[float, float]:
        """Return the codes of black and white of Y' at a depth in bits."""
        if self.full_range:
            return 0.0, float(2**depth - 1)
        return 16.0 * 2 ** (depth - 8), 235.0 * 2 ** (depth - 8)

    def chroma_scale(self, depth: int) -> tuple[float, float]:
        """Return the code of no chroma, and the codes from Cb = -0.5 to 0.5, at a depth in bits."""
        span = 2.0**depth - 1 if self.full_range else 224.0 * 2 ** (depth - 8)
        return 2.0 ** (depth - 1), span

    def rgb_to_ycc(self, rgb: NDArray[np.floating]) -> NDArray[np.floating]:
        """Convert (..., 3) R'G'B' in [0, 1] to Y' in [0, 1], Cb and Cr in [-0.5, 0.5]."""
        red, blue = LUMA[self.matrix]
        luma = rgb @ np.array([red, 1 - red - blue, blue], dtype=rgb.dtype)
        cb = (rgb[..., 2] - luma) / (2 * (1 - blue))
        cr = (rgb[..., 0] - luma) / (2 * (1 - red))
        return np.stack([luma, cb, cr], axis=-1)


def guess_matrix(height: int) -> int:
    """Choose the matrix of a clip that does not say, as players do."""
    return 6 if height <= _SMALL else 1
