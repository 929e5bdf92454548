"""A contact sheet of failures: gray, colorized and photograph side by side, a figure below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autochrome.color import rgb8_to_lab
from autochrome.evaluate.baselines import grey
from autochrome.evaluate.join import join
from autochrome.studies.examination.photograph import Examined
from autochrome.studies.tiles import TILE, Text, fit_tile, white_sheet, write_jpeg

_TITLES = ("gray", "colorized", "photograph")
_ACROSS = 2  # photographs beside each other
_GAP, _HEADER, _CAPTION = 6, 26, 22
_LONGEST_KEY = 60


def write_failures(path: Path, failures: Sequence[Examined], figure: str, title: str) -> None:
    """Write the sheet as JPEG.

    Parameters
    ----------
    path : of the JPEG.
    failures : in the order in which they are shown.
    figure : the field of `Examined` that is written below, under the name `title`.
    """
    pitch, row_height = TILE + _GAP, TILE + _CAPTION
    block = pitch * len(_TITLES) + 2 * _GAP
    across = min(_ACROSS, len(failures))
    places = [
        (_GAP + index % across * block, _HEADER + index // across * row_height)
        for index in range(len(failures))
    ]
    texts = [
        Text(_GAP + side * block + column * pitch + TILE / 2, _HEADER / 2, name)
        for side in range(across)
        for column, name in enumerate(_TITLES)
    ]
    for examined, (left, top) in zip(failures, places, strict=True):
        caption = f"{_shortened(examined.key)}   {title} {getattr(examined, figure):.2f}"
        middle = left + (pitch * len(_TITLES) - _GAP) / 2
        texts.append(Text(middle, top + TILE + _CAPTION / 2, caption, 8))
    num_rows = -(-len(failures) // across)
    sheet = white_sheet(across * block, _HEADER + num_rows * row_height + _GAP, texts)
    for examined, (left, top) in zip(failures, places, strict=True):
        for column, picture in enumerate(_pictures(examined)):
            x = left + column * pitch
            sheet[top : top + TILE, x : x + TILE] = fit_tile(picture)
    write_jpeg(path, sheet)


def _pictures(examined: Examined) -> tuple[np.ndarray, ...]:
    lightness = rgb8_to_lab(examined.photograph)[..., 0]
    gray = join(lightness, grey(lightness))
    return gray, examined.colorized, examined.photograph


def _shortened(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else f"…{key[1 - _LONGEST_KEY :]}"
