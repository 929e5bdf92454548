"""Between how a photograph is stored and how it is looked at (EXIF orientation 1 to 8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# orientation: (swap rows and columns first, then flip rows, flip columns), stored to upright
_TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def is_turned(orientation: int) -> bool:
    """Return whether height and width trade places."""
    return _TURNS[orientation][0]


def to_upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn a stored (H, W, ...) array the way it is looked at."""
    swap, flip_rows, flip_columns = _TURNS[orientation]
    upright = np.swapaxes(stored, 0, 1) if swap else stored
    return upright[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]


def to_stored(upright: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo `to_upright`."""
    swap, flip_rows, flip_columns = _TURNS[orientation]
    stored = upright[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    return np.swapaxes(stored, 0, 1) if swap else stored


def stored_region(
    region: tuple[int, int, int, int], upright_size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Return where a region lies in the stored pixels.

    Parameters
    ----------
    region : left, top, width and height, in the upright photograph.
    upright_size : height and width of the upright photograph.
    orientation : EXIF orientation, 1 to 8, of the stored pixels.

    Returns
    -------
    tuple
        Left, top, width and height, in the stored pixels.
    """
    left, top, width, height = region
    swap, flip_rows, flip_columns = _TURNS[orientation]
    if flip_rows:
        top = upright_size[0] - top - height
    if flip_columns:
        left = upright_size[1] - left - width
    return (top, left, height, width) if swap else (left, top, width, height)
