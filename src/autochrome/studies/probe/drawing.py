"""What was probed, in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autochrome.atomic import atomic_path
from autochrome.evaluate import Estimate
from autochrome.studies.probe.results import COLORIZATION, END_TO_END, RANDOM, ProbeResults
from autochrome.studies.style import GREY, OKABE_ITO, figure_style

# They differ in lightness too.
_COLORS = {
    COLORIZATION: OKABE_ITO["vermilion"],
    RANDOM: OKABE_ITO["sky blue"],
    END_TO_END: OKABE_ITO["blue"],
}
_MARKERS = {COLORIZATION: "o", RANDOM: "s"}


@figure_style()
def draw_probe(path: Path, results: ProbeResults) -> None:
    """Write the linear probes, the few labels and the localization side by side, as PNG."""
    figure = Figure((10, 3.4), layout="constrained")
    axes = figure.subplots(1, 3, width_ratios=(1.2, 1, 1))
    _draw_linear(axes[0], results)
    _draw_fine_tuned(axes[1], results)
    _draw_localized(axes[2], results)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")


def _draw_linear(axis: Axes, results: ProbeResults) -> None:
    blocks = list(results.linear[COLORIZATION])
    for name, by_block in results.linear.items():
        aside = -0.05 if name == COLORIZATION else 0.05  # else the intervals would hide each other
        places = [place + aside for place in range(len(blocks))]
        _points(axis, places, list(by_block.values()), name)
    scratch = results.fine_tuned[RANDOM]["all"].accuracy.value
    for value, label, dashes in (
        (scratch, "trained end to end", "-"),
        (results.pixels.value, "pixels", "--"),
        (100 / results.num_classes, "chance", ":"),
    ):
        axis.axhline(value, color=GREY, linestyle=dashes, linewidth=1, label=label, zorder=0)
    axis.set_xticks(range(len(blocks)), blocks)
    if max(map(len, blocks)) * len(blocks) > 40:
        axis.tick_params(axis="x", rotation=40)
    axis.set(ylabel="top-1 accuracy, %", title="Linear probes, by block", ylim=(0, None))


def _draw_fine_tuned(axis: Axes, results: ProbeResults) -> None:
    counts = [tuned.photographs for tuned in results.fine_tuned[COLORIZATION].values()]
    *labels, everything = results.fine_tuned[COLORIZATION]
    for name, by_count in results.fine_tuned.items():
        _points(axis, counts, [tuned.accuracy for tuned in by_count.values()], name)
    axis.set_xscale("log")
    # A line lower: all can be hardly more than the last number before.
    axis.set_xticks(counts, [*labels, f"\n{everything}"])
    axis.minorticks_off()
    axis.set(
        xlabel="labels a class (scale: photographs, logarithmic)",
        ylabel="top-1 accuracy, %",
        title=f"Fine-tuning with few labels, {results.best_block}",
        ylim=(0, None),
    )


def _points(axis: Axes, x: Sequence[float], estimates: Sequence[Estimate], name: str) -> None:
    values = np.array(estimates)
    errors = np.abs(values[:, 1:].T - values[:, 0])
    axis.errorbar(
        x, values[:, 0], errors, label=name, capsize=2, linewidth=1.4, markersize=4,
        color=_COLORS[name], marker=_MARKERS[name],
    )  # fmt: skip


def _draw_localized(axis: Axes, results: ProbeResults) -> None:
    names = list(results.localized)
    values = np.array([localized.mean_iou for localized in results.localized.values()])
    errors = np.abs(values[:, 1:].T - values[:, 0])
    colors = [_COLORS.get(name, GREY) for name in names]
    places = range(len(names))
    axis.barh(places, values[:, 0], xerr=errors, color=colors, capsize=2, height=0.65)
    for place, (localized, high) in enumerate(
        zip(results.localized.values(), values[:, 2], strict=True)
    ):
        axis.text(high + 0.015, place, f"{localized.found.value:.0f} %", va="center", fontsize=7)
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.set(
        xlabel="mean IoU (beside it: boxes with IoU > 0.5)",
        title=f"Localization, {results.best_block}",
        xlim=(0, max(values[:, 2]) * 1.25),
    )
