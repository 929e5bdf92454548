"""A contact sheet: photographs by row, systems by column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.evaluate import Predict, answers
from autochrome.evaluate.join import join
from autochrome.studies.comparison.validation_set import ValidationSet
from autochrome.studies.tiles import TILE, Text, fit_tile, white_sheet, write_jpeg

NUM_PHOTOGRAPHS = 8
_GAP, _HEADER = 6, 30


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
    write_jpeg(path, _draw(columns))


def _draw(columns: Mapping[str, list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Lay out tiles under their titles; (H, W, 3) sRGB."""
    pitch = TILE + _GAP
    width = _GAP + pitch * len(columns)
    height = _HEADER + pitch * max(len(tiles) for tiles in columns.values())
    titles = [
        Text(_GAP + column * pitch + TILE / 2, _HEADER / 2, title)
        for column, title in enumerate(columns)
    ]
    sheet = white_sheet(width, height, titles)
    for column, tiles in enumerate(columns.values()):
        for row, tile in enumerate(tiles):
            top, left = _HEADER + row * pitch, _GAP + column * pitch
            sheet[top : top + TILE, left : left + TILE] = fit_tile(tile)
    return sheet
