"""From a photograph's size to what the network can take, never distorted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MAX_ASPECT = 4  # beyond it the short side shrinks, so that a panorama does not cost more
_SMALLEST_SIDE = 160  # a smaller photograph is enlarged to it


def default_side(height: int, width: int, side: int) -> int:
    """Choose the working side where none is asked for: the model's `side`, if not for thumbnails.

    What is smaller keeps its size, down to 160 pixels: enlarged it shows no more detail, and is
    colored worse (docs/examination.md).
    """
    return min(side, max(_SMALLEST_SIDE, min(height, width)))


def working_size(height: int, width: int, side: int) -> tuple[int, int]:
    """Choose the height and width at which the network sees a photograph.

    The short side becomes `side`, larger or smaller than it was, and the aspect is kept; the
    long side is at most four times `side`, whatever the aspect.
    """
    scale = min(side / min(height, width), _MAX_ASPECT * side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def seen_side(size: tuple[int, int], working: tuple[int, int]) -> float:
    """Tell how large a photograph is to the network: its short side, in pixels that show something.

    Enlarged it shows no more than it has. A strip counts as if it were four times as long as high,
    which is where `working_size` begins to shrink it.

    Parameters
    ----------
    size : height and width of the photograph.
    working : those at which the network sees it.
    """
    return min(max(min(pixels), max(pixels) / _MAX_ASPECT) for pixels in (size, working))


def pad_to_multiple(lightness: NDArray[np.float32], multiple: int) -> NDArray[np.float32]:
    """Extend (h, w) at the bottom and right to multiples, by its own reflection."""
    height, width = lightness.shape
    return pad_to_size(lightness, (height + -height % multiple, width + -width % multiple))


def pad_to_size(lightness: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Extend (h, w) at the bottom and right to a height and width, by its own reflection."""
    missing = [(0, new - old) for new, old in zip(size, lightness.shape, strict=True)]
    return np.pad(lightness, missing, mode="symmetric")
