"""A small visible mark: three dyed grains of starch, as on an autochrome plate.

It lies in the lower right corner as the photograph is looked at. There, and only there, L* is
not that of the photograph.
"""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.photo.arrays import from_array
from autochrome.photo.fields import stored_orientation
from autochrome.photo.orientation import to_stored

_SIDE, _MARGIN = 0.05, 0.02  # of the photograph's short side
_SMALLEST_SIDE = 12  # pixels
_RADIUS, _RIM = 0.23, 0.035  # of the mark's side
_GRAINS = (  # center in units of the mark's side, sRGB
    ((0.27, 0.70), (222, 92, 48)),  # orange
    ((0.73, 0.70), (84, 152, 78)),  # green
    ((0.50, 0.30), (92, 78, 168)),  # violet
)


def mark(image: pyvips.Image) -> pyvips.Image:
    """Draw the mark on a color image, lazily; one that is too small for it stays as it is.

    Parameters
    ----------
    image : sRGB of 8 or 16 bits, with or without alpha; its orientation is heeded.
    """
    short = min(image.width, image.height)
    side = max(_SMALLEST_SIDE, round(_SIDE * short))
    margin = max(1, round(_MARGIN * short))
    if side + 2 * margin > short:
        return image
    orientation = stored_orientation(image)
    # The lower right corner of what is seen, wherever it is stored.
    bottom, right = _stored_corner(orientation)
    left = image.width - margin - side if right else margin
    top = image.height - margin - side if bottom else margin
    largest = 255 if image.format == "uchar" else 65535
    drawing = from_array(np.ascontiguousarray(to_stored(_drawing(side), orientation)))
    opacity, color = drawing[3], drawing.extract_band(0, n=3) * largest
    below = image.crop(left, top, side, side)
    if image.hasalpha():
        color = color.bandjoin(largest)
    marked = (below + (color - below) * opacity).rint().cast(image.format)
    return image.insert(marked, left, top)


def _drawing(side: int) -> NDArray[np.float32]:
    """Draw (side, side, 4) float32: sRGB in [0, 1] and opacity, edges smooth."""
    rows, columns = (np.mgrid[:side, :side] + 0.5).astype(np.float32)
    drawing = np.ones((side, side, 4), dtype=np.float32)
    drawing[..., 3] = 0
    for (x, y), color in _GRAINS:
        distance = np.hypot(columns - x * side, rows - y * side)
        rim = np.clip((_RADIUS + _RIM) * side - distance + 0.5, 0, 1)
        grain = np.clip(_RADIUS * side - distance + 0.5, 0, 1)[..., None]
        drawing[..., 3] = np.maximum(drawing[..., 3], rim)
        drawing[..., :3] += (np.array(color, dtype=np.float32) / 255 - drawing[..., :3]) * grain
    return drawing


def _stored_corner(orientation: int) -> tuple[bool, bool]:
    """Return whether the lower right corner is stored below, and on the right."""
    corners = np.zeros((2, 2), dtype=bool)
    corners[1, 1] = True
    rows, columns = np.nonzero(to_stored(corners, orientation))
    return bool(rows[0]), bool(columns[0])
