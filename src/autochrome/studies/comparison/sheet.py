"""A contact sheet: photographs by row, systems by column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_path
from autochrome.evaluate import Predict, answers
from autochrome.evaluate.join import join
from autochrome.shards.extra import import_extra
from autochrome.studies.comparison.validation_set import ValidationSet

NUM_PHOTOGRAPHS = 8
TILE = 160
_GAP, _HEADER, _DPI, _POINTS = 6, 30, 100, 9
_JPEG_QUALITY = 93


def write_sheet(path: Path, predicts: Mapping[str, Predict | None], shown: ValidationSet) -> None:
    """Write the sheet.

    Parameters
    ----------
    path : of the JPEG.
    predicts : a column each, by its title; None shows the photographs themselves.
    shown : photographs evenly through it are shown.
    """
    photographs = list(shown.spread(NUM_PHOTOGRAPHS))
    columns = {
        title: [
            join(answer.true_lab[..., 0], answer.ab) if predict else answer.true_rgb
            for answer in answers(predict, photographs, shown.protocol)
        ]
        for title, predict in predicts.items()
    }
    cv2 = import_extra("cv2")
    pixels = cv2.cvtColor(_draw(columns), cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done
    with atomic_path(path) as temporary:
        temporary.write_bytes(bytes(encoded))


def _draw(columns: Mapping[str, list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Lay out tiles under their titles; (H, W, 3) sRGB."""
    pitch = TILE + _GAP
    width = _GAP + pitch * len(columns)
    height = _HEADER + pitch * max(len(tiles) for tiles in columns.values())
    sheet = _titles(list(columns), width, height)
    for column, tiles in enumerate(columns.values()):
        for row, tile in enumerate(tiles):
            top, left = _HEADER + row * pitch, _GAP + column * pitch
            sheet[top : top + TILE, left : left + TILE] = _fit(tile)
    return sheet


def _fit(tile: NDArray[np.uint8]) -> Any:
    cv2 = import_extra("cv2")
    interpolation = cv2.INTER_AREA if len(tile) > TILE else cv2.INTER_CUBIC
    return cv2.resize(tile, (TILE, TILE), interpolation=interpolation)


def _titles(titles: list[str], width: int, height: int) -> NDArray[np.uint8]:
    """Draw a white sheet with the titles of its columns."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    canvas: Any = FigureCanvasAgg(figure)
    for column, title in enumerate(titles):
        x = (_GAP + column * (TILE + _GAP) + TILE / 2) / width
        y = 1 - _HEADER / 2 / height
        figure.text(x, y, title, ha="center", va="center", fontsize=_POINTS)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
