"""A photograph is a grid of pixels, and a pixel three numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from autochrome.color import rgb8_to_lab
from autochrome.studies.figures.style import ink_on, new_figure
from autochrome.studies.figures.subject import Subject
from autochrome.studies.style import OKABE_ITO

_SIDE = 9


def draw_rgb_grid(subject: Subject) -> Figure:
    """Draw the photograph, and beside it a few of its pixels with their R, G and B."""
    rgb = subject.rgb
    top, left, height, width = busiest_window(rgb)
    figure = new_figure(4.3)
    whole, part = figure.subplots(1, 2, width_ratios=(1, 1.9))
    whole.imshow(rgb)
    center = (left + (width - 1) / 2, top + (height - 1) / 2)
    reach = max(rgb.shape) / 25  # the window itself would be a dot
    corner = (center[0] - reach, center[1] - reach)
    for color, line in (("white", 2.5), (OKABE_ITO["vermilion"], 1.2)):
        whole.add_patch(
            Rectangle(corner, 2 * reach, 2 * reach, fill=False, edgecolor=color, linewidth=line)
        )
    whole.set(
        title=f"{rgb.shape[1]} x {rgb.shape[0]} pixels",
        xlabel="column (pixels)",
        ylabel="row (pixels)",
    )
    _write_numbers(part, rgb, top, left, height, width)
    return figure


def busiest_window(rgb: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Find the window of (H, W, 3) sRGB whose colors differ most.

    Returns
    -------
    Top, left, height and width: of `_SIDE` pixels, less where the photograph is smaller. The
    window is that of the largest variance of ab; of a gray photograph, of L*.
    """
    height, width = min(_SIDE, rgb.shape[0]), min(_SIDE, rgb.shape[1])
    lab = rgb8_to_lab(rgb)
    colorful = np.abs(lab[..., 1:]).max() > 1
    planes = lab[..., 1:] if colorful else lab[..., :1]
    windows = sliding_window_view(planes, (height, width), axis=(0, 1))[::4, ::4]
    variance = windows.var(axis=(-2, -1)).sum(axis=-1)
    row, column = np.unravel_index(variance.argmax(), variance.shape)
    return 4 * int(row), 4 * int(column), height, width


def _write_numbers(
    axes: Axes, rgb: NDArray[np.uint8], top: int, left: int, height: int, width: int
) -> None:
    extent = (left - 0.5, left + width - 0.5, top + height - 0.5, top - 0.5)
    axes.imshow(rgb[top : top + height, left : left + width], extent=extent)
    for row in range(top, top + height):
        for column in range(left, left + width):
            pixel = rgb[row, column]
            axes.text(
                column,
                row,
                "\n".join(str(value) for value in pixel),
                color=ink_on(pixel / 255),
                ha="center",
                va="center",
                fontsize=6.5,
                linespacing=1.05,
            )
    axes.set(
        title=f"{width} x {height} of them: R, G, B from top to bottom, 0 to 255",
        xlabel="column (pixels)",
        ylabel="row (pixels)",
        xticks=range(left, left + width),
        yticks=range(top, top + height),
    )
