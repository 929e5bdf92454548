"""How all figures look: in print, to a color-blind eye, and in gray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

SEQUENTIAL = "cividis"
"""Perceptually uniform, the same to color-blind eyes, and even in gray."""

WIDTH = 6.5
"""Inches between the margins of a page."""

STYLE: dict[RcKeyType, Any] = {
    "savefig.dpi": 200,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
"""Settings of matplotlib."""


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
