"""From the mean of a distribution to its mode: the annealed mean (Zhang 2016, section 2.3)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autochrome.color import decode_logits
from autochrome.color.encoding import TEMPERATURE
from autochrome.evaluate.join import join
from autochrome.pipeline import ColorizeOptions
from autochrome.pipeline.decode import decode
from autochrome.studies.figures.ab_plane import bin_extent, bin_image, set_up_ab_axes
from autochrome.studies.figures.style import new_figure, show_picture
from autochrome.studies.figures.subject import Subject
from autochrome.studies.style import OKABE_ITO, SEQUENTIAL

TEMPERATURES = (1.0, 0.58, TEMPERATURE, 0.14, 0.01)
"""Between the mean and, near 0, the mode; those of Zhang 2016, figure 10, and its choice."""

_FLOOR = 1e-5
_MARKERS = "osXDv"


def draw_annealed_mean(subject: Subject) -> Figure:
    """Draw one cell's distribution with its annealed means, and the photograph decoded so."""
    prediction = subject.prediction
    row, column = ambiguous_cell(prediction.answer)
    figure = new_figure(4.9)
    rows = figure.subfigures(2, 1, squeeze=False, height_ratios=(2.6, 1))
    upper, lower = rows[:, 0]
    picture, plane = upper.subplots(1, 2, width_ratios=(1, 1.35))
    show_picture(picture, subject.rgb, "photograph; the cell is ringed")
    scale = prediction.cell * prediction.height / prediction.lightness.shape[0]
    center = (scale * (column + 0.5), scale * (row + 0.5))
    for color, width in (("white", 3.5), (OKABE_ITO["vermilion"], 1.5)):
        picture.plot(
            *center, "o", markersize=14, fillstyle="none", color=color, markeredgewidth=width
        )
    _draw_distribution(plane, prediction.answer[row, column])
    as_answered = replace(subject.colorizer.manifest.decode, rebalancing=0.0)
    for axes, temperature in zip(lower.subplots(1, len(TEMPERATURES)), TEMPERATURES, strict=True):
        options = ColorizeOptions(temperature=temperature, vividness=0.0)
        ab = decode(prediction, options, as_answered)
        show_picture(axes, join(prediction.lightness, ab), _name(temperature))
    return figure


def ambiguous_cell(logits: NDArray[np.floating]) -> tuple[int, int]:
    """Find the cell where mean and mode lie furthest apart; (H, W, Q) to row and column.

    The outer eighth is left out: at the border of a photograph there may be that of the film.
    """
    rows, columns = logits.shape[:2]
    top, left = rows // 8, columns // 8
    inner = logits[top : rows - top, left : columns - left]
    mean, mode = (decode_logits(inner, temperature=t) for t in (1.0, TEMPERATURES[-1]))
    distance = np.hypot(*np.moveaxis(mean - mode, -1, 0))
    row, column = np.unravel_index(distance.argmax(), distance.shape)
    return int(row) + top, int(column) + left


def _draw_distribution(axes: Axes, logits: NDArray[np.floating]) -> None:
    distribution = np.exp(logits - logits.max())
    distribution /= distribution.sum()
    image = axes.imshow(
        bin_image(distribution.clip(_FLOOR)),
        origin="lower",
        extent=bin_extent(),
        cmap=SEQUENTIAL,
        norm=LogNorm(_FLOOR, distribution.max()),
        interpolation="nearest",
    )
    path = [decode_logits(logits, temperature=t) for t in np.geomspace(1, TEMPERATURES[-1], 60)]
    axes.plot(*np.transpose(path), color="white", linewidth=2.4)
    axes.plot(*np.transpose(path), color="black", linewidth=1)
    for marker, temperature in zip(_MARKERS, TEMPERATURES, strict=True):
        axes.plot(
            *decode_logits(logits, temperature=temperature),
            marker,
            color=OKABE_ITO["vermilion"],
            markeredgecolor="white",
            markersize=7,
            linestyle="none",
            label=_name(temperature),
        )
    set_up_ab_axes(axes)
    axes.set_title("predicted distribution and its annealed means")
    axes.legend(loc="lower left", handletextpad=0.2, borderaxespad=0.2)
    axes.figure.colorbar(image, ax=axes, label="probability (log scale)", fraction=0.046)


def _name(temperature: float) -> str:
    return {1.0: "T = 1, mean", TEMPERATURES[-1]: "T → 0, mode"}.get(
        temperature, f"T = {temperature}"
    )
