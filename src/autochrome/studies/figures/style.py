"""Pieces that figures share."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

WIDTH = 6.5
"""Inches between the margins of a page."""


def new_figure(height: float) -> Figure:
    """Make a figure as wide as a page's text, and this many inches high."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def show_picture(axes: Axes, rgb: NDArray[np.uint8], title: str) -> None:
    """Show (H, W, 3) sRGB without axes; a picture has no scale to read."""
    axes.imshow(rgb, interpolation="antialiased")
    axes.set_title(title)
    axes.set_axis_off()


def ink_on(rgb: NDArray[np.floating] | tuple[float, ...]) -> str:
    """Choose black or white text on a color in [0, 1], whichever can be read better."""
    # Contrast of WCAG 2.2 is equal for both at a relative luminance of 0.179.
    linear = np.asarray(rgb[:3], dtype=np.float64) ** 2.2
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.179 else "white"
