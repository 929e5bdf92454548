"""How one color becomes a distribution: H^-1, soft encoding (Zhang 2016, section 2.1)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from autochrome.color import ab_gamut, soft_encoding
from autochrome.color.encoding import SIGMA, SoftEncoding
from autochrome.color.gamut import GRID_STEP
from autochrome.studies.figures.ab_plane import outline_bins, true_color
from autochrome.studies.figures.style import ink_on, new_figure
from autochrome.studies.figures.subject import Subject
from autochrome.studies.style import OKABE_ITO

_REACH = 26
_QUANTILE = 0.9
_LIGHTNESS = (45, 75)


def draw_soft_encoding(subject: Subject) -> Figure:
    """Draw a pixel's ab among the bins, and the weights of the nearest."""
    row, column = colorful_pixel(subject.lab)
    lightness, *ab = subject.lab[row, column]
    color = np.array(ab)
    encoding = soft_encoding(color)
    figure = new_figure(3.1)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    _draw_neighbors(left, color, encoding, float(lightness))
    _draw_weights(right, encoding, float(lightness))
    left.set_title(
        f"Pixel ({row}, {column}): L* {lightness:.1f}, a* {color[0]:.1f}, b* {color[1]:.1f}"
    )
    return figure


def colorful_pixel(lab: NDArray[np.floating]) -> tuple[int, int]:
    """Choose a pixel of strong color, neither dark nor light if there is one.

    Row and column of the 90th percentile of chroma among those.
    """
    lightness = lab[..., 0].ravel()
    chroma = np.hypot(lab[..., 1], lab[..., 2]).ravel()
    middle = (lightness > _LIGHTNESS[0]) & (lightness < _LIGHTNESS[1])
    candidates = np.flatnonzero(middle if middle.any() else ~middle)
    order = np.argsort(chroma[candidates], kind="stable")
    index = candidates[order[int(_QUANTILE * (len(order) - 1))]]
    row, column = np.unravel_index(index, lab.shape[:2])
    return int(row), int(column)


def _draw_neighbors(
    axes: Axes, color: NDArray[np.floating], encoding: SoftEncoding, lightness: float
) -> None:
    outline_bins(axes)
    half = GRID_STEP / 2
    for rank, bin_index in enumerate(encoding.bins, 1):
        center = ab_gamut().centers[bin_index]
        fill = true_color(center, lightness)
        axes.add_patch(
            Rectangle(
                center - half, GRID_STEP, GRID_STEP, facecolor=fill, edgecolor="black", linewidth=1
            )
        )
        corner = center + 0.72 * half * np.where(center > color, 1, -1)
        axes.text(corner[0], corner[1], str(rank), color=ink_on(fill), ha="center", va="center")
        axes.plot(*np.transpose([color, center]), color="black", linewidth=0.6)
        axes.plot(*center, "o", color="black", markersize=2)
    for deviations in (1, 2):
        axes.add_patch(
            Circle(
                tuple(color), deviations * SIGMA, fill=False, linestyle="--", edgecolor="black",
                linewidth=0.6,
            )
        )  # fmt: skip
    axes.plot(
        *color, "X", color=OKABE_ITO["vermilion"], markeredgecolor="white", markersize=9,
        markeredgewidth=0.8, label="the pixel's ab",
    )  # fmt: skip
    axes.plot(
        [],
        [],
        "--",
        color="black",
        linewidth=0.6,
        label=rf"1 and 2 $\sigma$, $\sigma$ = {SIGMA:.0f}",
    )
    axes.set(
        xlim=(color[0] - _REACH, color[0] + _REACH),
        ylim=(color[1] - _REACH, color[1] + _REACH),
        aspect="equal",
        xlabel="a* (CIELAB units)",
        ylabel="b* (CIELAB units)",
    )
    axes.legend(loc="lower left", frameon=True, framealpha=0.9, edgecolor="none")


def _draw_weights(axes: Axes, encoding: SoftEncoding, lightness: float) -> None:
    centers = ab_gamut().centers[encoding.bins]
    names = [
        f"{rank}: ({a:.0f}, {b:.0f})".replace("-", "−") for rank, (a, b) in enumerate(centers, 1)
    ]
    bars = axes.barh(
        names, encoding.weights, color=true_color(centers, lightness), edgecolor="black",
        linewidth=0.6,
    )  # fmt: skip
    axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=7)
    axes.invert_yaxis()
    axes.set(
        xlim=(0, 1.18 * float(encoding.weights.max())),
        xlabel="weight (share of 1)",
        ylabel="bin (a*, b*), CIELAB units",
        title=f"Its {len(names)} nearest bins",
    )
