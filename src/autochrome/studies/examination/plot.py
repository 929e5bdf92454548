"""Every decoding in one picture: how right it is against how colorful."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autochrome.atomic import atomic_path
from autochrome.studies.examination.decodings import Decoding
from autochrome.studies.examination.results import Results
from autochrome.studies.style import GREY, OKABE_ITO, SEQUENTIAL, figure_style

_PANELS = {"auc": "AuC, %", "auc_rebalanced": "AuC rebalanced, %"}
_PRESET_MARKERS = {"natural": "v", "balanced": "o", "vivid": "^"}
_RED = OKABE_ITO["vermilion"]
_YELLOWEST = 0.85  # of the color map; beyond, a line can hardly be seen on white


@figure_style()
def draw_decodings(path: Path, results: Results) -> None:
    """Write AuC and rebalanced AuC against colorfulness, a curve for each temperature, as PNG."""
    figure = Figure((9, 4.6), layout="constrained")
    axes = figure.subplots(1, len(_PANELS))
    for axis, (metric, title) in zip(axes, _PANELS.items(), strict=True):
        _draw(axis, results, metric)
        axis.set(xlabel="colorfulness less that of the photographs", ylabel=title)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def _draw(axis: Axes, results: Results, metric: str) -> None:
    own = results.decodings.own
    temperatures = sorted({decoding.temperature for decoding in results.decodings.grid})
    colors = mpl.colormaps[SEQUENTIAL]
    for index, temperature in enumerate(temperatures):
        curve = [d for d in results.decodings.grid if d.temperature == temperature]
        axis.plot(
            *zip(*(_place(results, d, metric) for d in curve), strict=True),
            color=colors(_YELLOWEST * index / max(1, len(temperatures) - 1)),
            marker=".", linewidth=1.6 if temperature == own.temperature else 1,
            label=f"T = {temperature:g}",
        )  # fmt: skip
        if temperature == own.temperature:
            for decoding in curve:
                _write_beside(axis, results, decoding, metric)
    for name, decoding in results.decodings.presets.items():
        axis.plot(
            *_place(results, decoding, metric), _PRESET_MARKERS.get(name, "s"), label=name,
            markersize=8, markerfacecolor="none", markeredgecolor=_RED, linestyle="none",
        )  # fmt: skip
    grey: Any = results.grey_metrics[metric].value
    axis.axhline(grey, color=GREY, linestyle="--", linewidth=1, label="grey", zorder=0)
    axis.axvline(0, color=GREY, linestyle=":", linewidth=1, label="as colorful", zorder=0)


def _place(results: Results, decoding: Decoding, metric: str) -> tuple[float, float]:
    metrics = results.metrics[decoding]
    # The metric of that name is absolute; here it matters on which side.
    difference = metrics["colorfulness"].value - metrics["true_colorfulness"].value
    return difference, metrics[metric].value


def _write_beside(axis: Axes, results: Results, decoding: Decoding, metric: str) -> None:
    axis.annotate(
        f"v = {decoding.vividness:g}", _place(results, decoding, metric),
        xytext=(6, 4), textcoords="offset points", fontsize=6,
    )  # fmt: skip
