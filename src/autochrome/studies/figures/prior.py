"""How common each color was in training, and how its rarity weighs (Zhang 2016, section 2.2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autochrome.color import class_rebalancing_weights
from autochrome.color.prior import UNIFORM_MIXING
from autochrome.studies.figures.ab_plane import bin_extent, bin_image, set_up_ab_axes
from autochrome.studies.figures.style import new_figure
from autochrome.studies.figures.subject import Subject
from autochrome.studies.style import SEQUENTIAL

_FLOOR = 1e-7
_WEIGHT_TICKS = (0.1, 0.2, 0.5, 1, 2, 5)


def draw_prior(subject: Subject) -> Figure:
    """Draw the model's empirical prior, and the class-rebalancing weights that follow."""
    prior = np.array(subject.colorizer.manifest.decode.prior)
    weights = class_rebalancing_weights(prior)
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.1})
    _show(left, prior.clip(_FLOOR), "Empirical prior", "probability p (log scale)")
    _show(
        right,
        weights,
        rf"Class-rebalancing weights, $\lambda$ = {UNIFORM_MIXING}",
        "weight w (log scale)",
        ticks=[tick for tick in _WEIGHT_TICKS if weights.min() <= tick <= weights.max()],
        label_b=False,
    )
    return figure


def _show(
    axes: Axes,
    values: NDArray[np.floating],
    title: str,
    unit: str,
    *,
    ticks: Sequence[float] = (),
    label_b: bool = True,
) -> None:
    image = axes.imshow(
        bin_image(values),
        origin="lower",
        extent=bin_extent(),
        cmap=SEQUENTIAL,
        # A uniform prior has one value: a norm needs two.
        norm=LogNorm(values.min(), max(values.max(), 1.01 * values.min())),
        interpolation="nearest",
    )
    set_up_ab_axes(axes, label_b=label_b)
    axes.set_title(title)
    bar = axes.figure.colorbar(image, ax=axes, label=unit, fraction=0.046)
    if ticks:  # within a few decades powers of ten are too few
        bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        bar.minorticks_off()
