"""Which colors there are at a lightness, and the bins that quantise them (Zhang 2016, fig. 3)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autochrome.color import ab_gamut, lab_to_rgb
from autochrome.color.gamut import GRID_STEP
from autochrome.studies.figures.ab_plane import EXTENT, LIMIT, outline_bins, set_up_ab_axes
from autochrome.studies.figures.style import new_figure
from autochrome.studies.figures.subject import Subject

_LIGHTNESS = (25, 50, 75)
_TOLERANCE = 1e-6


class GamutSlice(NamedTuple):
    """Colors of the ab plane at one L*: ``rgb`` (N, N, 3), and where they are ``inside`` sRGB."""

    rgb: NDArray[np.floating]
    inside: NDArray[np.bool_]


def draw_gamut(subject: Subject) -> Figure:
    """Draw slices through sRGB in their own colors, under the bins."""
    figure = new_figure(2.75)
    for index, (axes, lightness) in enumerate(
        zip(figure.subplots(1, len(_LIGHTNESS)), _LIGHTNESS, strict=True)
    ):
        found = gamut_slice(lightness)
        opaque = np.concatenate([found.rgb.clip(0, 1), found.inside[..., None]], axis=-1)
        axes.imshow(opaque, origin="lower", extent=EXTENT, interpolation="antialiased")
        outline_bins(axes)
        set_up_ab_axes(axes, label_b=index == 0)
        axes.set_title(f"L* = {lightness}")
    figure.suptitle(
        f"Colors of sRGB at three lightnesses, and the {ab_gamut().num_bins} bins of step "
        f"{GRID_STEP}",
        fontsize=8,
    )
    return figure


def gamut_slice(lightness: float, samples: int = 461) -> GamutSlice:
    """Sample the ab plane at a lightness: rows of rising b, columns of rising a."""
    axis = (np.arange(samples) + 0.5) / samples * 2 * LIMIT - LIMIT
    a, b = np.meshgrid(axis, axis)
    rgb = lab_to_rgb(np.stack([np.full_like(a, lightness), a, b], axis=-1))
    inside = ((rgb >= -_TOLERANCE) & (rgb <= 1 + _TOLERANCE)).all(axis=-1)
    return GamutSlice(rgb, np.asarray(inside))
