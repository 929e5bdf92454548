"""The comparison's curves on one sheet: chroma, recall by rarity, temperature, learning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from autochrome.atomic import atomic_path
from autochrome.studies.comparison.colors import CHROMA_EDGES, RARITY_EDGES
from autochrome.studies.comparison.learning import group_by_loss, read_learning_curve
from autochrome.studies.comparison.results import Results, Row
from autochrome.studies.comparison.training import Contender
from autochrome.studies.style import GREY, OKABE_ITO, figure_style

# Without yellow, which print does not show; black is the truth's.
_COLORS = [
    OKABE_ITO[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky blue")
]
_DASHES = ("-", "--", ":")
_BLACK = OKABE_ITO["black"]
_LEAST_SHARE = 1e-4
_NUM_PANELS = 5  # beside one for each loss that systems share


@figure_style()
def write_curves(path: Path, results: Results) -> None:
    """Write the curves as PNG."""
    from matplotlib.figure import Figure

    groups = group_by_loss(row.contender for row in results.rows.values() if row.contender)
    num_rows = -(-(_NUM_PANELS + len(groups)) // 2)
    figure = Figure((9, 3.2 * num_rows + 1), layout="constrained")
    axes = figure.subplots(num_rows, 2, squeeze=False).ravel()
    styles = _styles(results.rows)
    _draw_chroma(axes[0], results, styles)
    _draw_recall(axes[1], results.rows, styles)
    _draw_sweep(axes[2], results.rows, styles, "auc", "AuC, %")
    _draw_sweep(axes[3], results.rows, styles, "auc_rebalanced", "AuC rebalanced, %")
    _draw_sweep(axes[4], results.rows, styles, "colorfulness", "colorfulness")
    for axis, (loss, contenders) in zip(axes[_NUM_PANELS:], groups.items(), strict=False):
        _draw_learning(axis, loss, contenders, styles)
    for axis in axes[_NUM_PANELS + len(groups) :]:
        axis.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")


def _styles(rows: Mapping[str, Row]) -> dict[str, dict[str, Any]]:
    """Give each system a line that no other has, in print and to the color-blind too."""
    styles: dict[str, dict[str, Any]] = {}
    for name, row in rows.items():
        if row.kind == "baseline":
            ink = _BLACK if name == "truth" else GREY
            styles[name] = {"color": ink, "linestyle": "-", "linewidth": 2.2, "zorder": 1}
            continue
        index = sum(1 for other in styles.values() if "linewidth" not in other)
        dashes, color = divmod(index, len(_COLORS))
        styles[name] = {"color": _COLORS[color], "linestyle": _DASHES[dashes % len(_DASHES)]}
    return styles


def _draw_chroma(axis: Any, results: Results, styles: Mapping[str, Any]) -> None:
    titles = results.titles()
    for name, row in results.rows.items():
        counts = np.array(row.measured.chroma_counts, dtype=float)
        # Summed up from above: so many lines of a histogram would be a tangle.
        shares = counts[::-1].cumsum()[::-1] / counts.sum()
        # What hardly occurs would only stretch the logarithmic axis.
        shares[shares < _LEAST_SHARE] = np.nan
        axis.plot(CHROMA_EDGES[:-1], shares, label=titles[name], **styles[name])
    axis.set(xlabel="predicted chroma, ab units", ylabel="share of pixels at least so colorful")
    axis.set(yscale="log", title="Chroma")


def _draw_recall(axis: Any, rows: Mapping[str, Row], styles: Mapping[str, Any]) -> None:
    for name, row in rows.items():
        recalls = [np.nan if r is None else r for _, _, r in row.measured.recall_by_rarity]
        axis.plot(range(len(recalls)), recalls, marker="o", markersize=3, **styles[name])
    percents = [f"{100 * edge:g}" for edge in RARITY_EDGES]
    ticks = [f"{low}–{high}" for high, low in pairwise(percents)]
    axis.set_xticks(range(len(ticks)), ticks)
    axis.set(xlabel="share of the true color's class in training, %", ylabel="recall, %")
    axis.set_title("Common and rare colors")


def _draw_sweep(
    axis: Any, rows: Mapping[str, Row], styles: Mapping[str, Any], metric: str, title: str
) -> None:
    for name, row in rows.items():
        points = row.measured.sweep
        temperatures = [point.temperature for point in points]
        values = [getattr(point, metric) for point in points]
        axis.plot(temperatures, values, marker="o", markersize=3, **styles[name])
    axis.set(xlabel="temperature: mode (0) to mean (1)", ylabel=title)
    axis.set_title("Annealed mean")


def _draw_learning(
    axis: Any, loss: str, contenders: Iterable[Contender], styles: Mapping[str, Any]
) -> None:
    for contender in contenders:
        assert contender.log is not None
        curve = read_learning_curve(contender.log, contender.metadata["recipe"]["batch_size"])
        axis.plot(curve.photographs_seen, curve.loss, **styles[contender.name])
    axis.set(xlabel="photographs seen", ylabel="training loss, smoothed")
    axis.set_title(f"Learning: {loss}")
