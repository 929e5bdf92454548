"""Why Lab: the photograph's detail is in L*, its color in a* and b*, which can be coarse."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb, reduce_chroma
from autochrome.evaluate.join import join
from autochrome.photo import resize_array
from autochrome.studies.figures.style import new_figure, show_picture
from autochrome.studies.figures.subject import Subject

_COARSE = 8

# From dark to light, so that the sign can be read in gray too; neutral at 0.
_ENDS = {
    "a*": ((28.0, -38.0, 16.0), (62.0, 0.0, 0.0), (88.0, 24.0, -4.0)),
    "b*": ((28.0, 12.0, -48.0), (62.0, 0.0, 0.0), (93.0, -6.0, 60.0)),
}


def draw_channels(subject: Subject) -> Figure:
    """Draw the six channels, and the photograph with coarse color and with coarse lightness."""
    rgb, lab = subject.rgb, subject.lab
    figure = new_figure(2.05 * 3 * rgb.shape[0] / rgb.shape[1] + 1.75)
    grid = figure.subplots(3, 3)
    for index, name in enumerate("RGB"):
        plane = rgb[..., index].astype(np.float32)
        _show_plane(grid[0, index], plane, name, (0, 255), "gray", "sRGB value")
    largest = max(10.0, float(np.ceil(np.percentile(np.abs(lab[..., 1:]), 99.5) / 10) * 10))
    titles = [
        f"{name}: neighbors differ by {value:.1f}"
        for name, value in zip(("L*", "a*", "b*"), detail(lab), strict=True)
    ]
    _show_plane(grid[1, 0], lab[..., 0], titles[0], (0, 100), "gray", "CIELAB units")
    for column, name in enumerate(_ENDS, 1):
        _show_plane(
            grid[1, column],
            lab[..., column],
            titles[column],
            (-largest, largest),
            signed_map(name),
            "CIELAB units",
        )
    lightness, ab = lab[..., 0], lab[..., 1:]
    show_picture(grid[2, 0], rgb, "photograph")
    show_picture(
        grid[2, 1], join(lightness, coarse(ab)), f"a*, b* of {_COARSE} x {_COARSE} pixels each"
    )
    blurred = coarse(lightness[..., None])[..., 0]
    show_picture(grid[2, 2], join(blurred, ab), f"L* of {_COARSE} x {_COARSE} pixels each")
    return figure


def detail(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Measure fine detail: the mean difference of neighbors, in CIELAB units.

    Parameters
    ----------
    lab : (H, W, 3).

    Returns
    -------
    (3,) of L*, a* and b*: mean absolute difference of pixels side by side or one above the
    other.
    """
    across = np.abs(np.diff(lab, axis=1)).reshape(-1, 3)
    down = np.abs(np.diff(lab, axis=0)).reshape(-1, 3)
    return np.asarray(np.concatenate([across, down]).mean(axis=0))


def coarse(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reduce (H, W, C) by `_COARSE`, and enlarge it again."""
    height, width = planes.shape[:2]
    small = resize_array(planes, max(1, height // _COARSE), max(1, width // _COARSE))
    return resize_array(small, height, width)


def signed_map(name: str) -> ListedColormap:
    """Make the color map of a* or b*: its own hues, gray at 0, L* rising evenly throughout."""
    low, middle, high = np.array(_ENDS[name])
    share = np.linspace(0, 1, 128)[:, None]
    lab = np.concatenate([low + share * (middle - low), middle + share * (high - middle)])
    return ListedColormap(lab_to_rgb(reduce_chroma(lab)).clip(0, 1), name)


def _show_plane(
    axes: Axes,
    plane: NDArray[np.floating],
    title: str,
    limits: tuple[float, float],
    colors: str | ListedColormap,
    unit: str,
) -> None:
    image = axes.imshow(
        plane, cmap=colors, vmin=limits[0], vmax=limits[1], interpolation="antialiased"
    )
    axes.set_title(title)
    axes.set_axis_off()
    figure = axes.figure
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", fraction=0.05, pad=0.02)
    bar.outline.set_visible(False)
    bar.set_label(unit, fontsize=6, labelpad=1)
    bar.ax.tick_params(length=2, labelsize=6)
