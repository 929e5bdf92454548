"""Pieces of a contact sheet: a white sheet with texts, tiles of one size, a JPEG."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_path
from autochrome.shards.extra import import_extra
from autochrome.studies.style import figure_style

TILE = 160
"""Pixels of a side."""

_DPI = 100
_JPEG_QUALITY = 93


class Text(NamedTuple):
    """A line on a sheet; `x` and `y` are its center, in pixels from the upper left."""

    x: float
    y: float
    text: str
    points: float = 9


@figure_style()
def white_sheet(width: int, height: int, texts: Iterable[Text]) -> NDArray[np.uint8]:
    """Draw a white sheet (height, width, 3) sRGB with lines of text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    canvas: Any = FigureCanvasAgg(figure)
    for x, y, text, points in texts:
        # A key may hold a dollar sign, which begins no formula here.
        figure.text(
            x / width, 1 - y / height, text,
            ha="center", va="center", fontsize=points, parse_math=False,
        )  # fmt: skip
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def fit_tile(picture: NDArray[np.uint8]) -> Any:
    """Resize a square picture (S, S, 3) to (TILE, TILE, 3)."""
    cv2 = import_extra("cv2")
    interpolation = cv2.INTER_AREA if len(picture) > TILE else cv2.INTER_CUBIC
    return cv2.resize(picture, (TILE, TILE), interpolation=interpolation)


def write_jpeg(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) sRGB, whole or not at all."""
    cv2 = import_extra("cv2")
    pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done
    with atomic_path(path) as temporary:
        temporary.write_bytes(bytes(encoded))
