"""The ab plane, as several figures show it: a* to the right, b* up."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from autochrome.color import ab_gamut, lab_to_rgb, reduce_chroma
from autochrome.color.gamut import GRID_STEP

LIMIT = 120
"""|a| and |b| that are shown: every bin of the gamut has room."""

EXTENT = (-LIMIT, LIMIT, -LIMIT, LIMIT)


def set_up_ab_axes(axes: Axes, *, label_b: bool = True) -> None:
    """Give axes the scales and names of the ab plane."""
    axes.set(xlim=EXTENT[:2], ylim=EXTENT[2:], aspect="equal")
    ticks = range(-100, 101, 50)
    axes.set(xticks=ticks, yticks=ticks)
    axes.set_xlabel("a* (CIELAB units): green to red")
    if label_b:
        axes.set_ylabel("b* (CIELAB units): blue to yellow")
    else:
        axes.tick_params(labelleft=False)


def bin_image(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Lay out values of the bins, (Q,), as a picture (rows of b, columns of a), NaN between.

    Shown with `bin_extent` and ``origin="lower"``, every value lies where its bin does.
    """
    low, _, size = _grid()
    image = np.full((size[1], size[0]), np.nan)
    a, b = ((ab_gamut().centers - low) / GRID_STEP).astype(int).T
    image[b, a] = values
    return image


def bin_extent() -> tuple[float, float, float, float]:
    """Return the borders of a `bin_image`: least and largest a, then b."""
    low, high, _ = _grid()
    half = GRID_STEP / 2
    return (low[0] - half, high[0] + half, low[1] - half, high[1] + half)


def _grid() -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.int64]]:
    centers = ab_gamut().centers.astype(float)
    low, high = centers.min(axis=0), centers.max(axis=0)
    return low, high, ((high - low) / GRID_STEP + 1).astype(np.int64)


def outline_bins(axes: Axes) -> None:
    """Draw the border of every bin of the gamut."""
    half = GRID_STEP / 2
    squares = [Rectangle((a - half, b - half), GRID_STEP, GRID_STEP) for a, b in ab_gamut().centers]
    axes.add_collection(PatchCollection(squares, facecolor="none", edgecolor="0.35", linewidth=0.4))


def true_color(
    ab: NDArray[np.floating] | tuple[float, float], lightness: float = 60
) -> NDArray[np.floating]:
    """Return the sRGB of (..., 2) ab at a lightness, chroma lowered until it is in sRGB."""
    ab = np.asarray(ab, dtype=np.float64)
    lab = np.concatenate([np.full((*ab.shape[:-1], 1), lightness), ab], axis=-1)
    return lab_to_rgb(reduce_chroma(lab)).clip(0, 1)
