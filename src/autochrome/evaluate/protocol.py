"""The fixed protocols: at which size, and on which part, a photograph is measured.

1. Resize so that the short side is the protocol's: by area averaging if that makes the
   photograph smaller, bicubic if larger, not at all if it fits.
2. Cut out the central square.
3. Its lightness is what a model sees, its ab the truth (`color.rgb_to_lab`).

Figures of two protocols do not compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.shards.extra import import_extra

_LONGEST_STRIP = 16  # times its short side


@dataclass(frozen=True)
class Protocol:
    """A named size of measurement.

    Parameters
    ----------
    name : as tables and the command line call it.
    side : pixels of the square that is measured.
    """

    name: str
    side: int

    def prepare(self, photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resize and crop (H, W, 3) sRGB to (side, side, 3).

        Raises
        ------
        UsageError
            If `photograph` is not (H, W, 3) uint8.
        MissingExtraError
            If OpenCV is not installed.
        """
        is_rgb = photograph.ndim == 3 and photograph.shape[2] == 3 and photograph.size > 0
        if not is_rgb or photograph.dtype != np.uint8:
            raise UsageError(
                f"a photograph must be (H, W, 3) uint8, got {photograph.shape} {photograph.dtype}"
            )
        resized = self._resize(photograph)
        height, width = resized.shape[:2]
        top, left = (height - self.side) // 2, (width - self.side) // 2
        return resized[top : top + self.side, left : left + self.side]

    def _resize(self, photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = photograph.shape[:2]
        scale = self.side / min(height, width)
        if scale == 1:
            return photograph
        if scale > 1:
            photograph = _middle(photograph)
            height, width = photograph.shape[:2]
        cv2 = import_extra("cv2")
        return np.asarray(
            cv2.resize(
                photograph,
                (round(width * scale), round(height * scale)),
                interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
            ),
            dtype=np.uint8,
        )


def _middle(photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut the ends off a strip that no camera takes: enlarged whole it might fill the memory.

    What is left is far longer than the square that is measured, and has the same center.
    """
    longest = _LONGEST_STRIP * min(photograph.shape[:2])
    top, left = (max(0, length - longest) // 2 for length in photograph.shape[:2])
    height, width = photograph.shape[:2]
    return photograph[top : height - top, left : width - left]


SHARDS = Protocol("shards", 128)
"""The native size of the training and validation shards."""

FULL = Protocol("full", 256)
"""For larger photographs; the literature's usual size."""

PROTOCOLS = {protocol.name: protocol for protocol in (SHARDS, FULL)}
