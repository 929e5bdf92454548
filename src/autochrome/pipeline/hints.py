"""Hints: colors that a person knows, at places of a photograph.

A hint is written ``x,y=#rrggbb``: pixels of the photograph as it is looked at, counted from 0
at the top left, or percentages, ``50%,30%=#rrggbb``. A file of hints has one a line; empty lines
and lines that begin with ``#`` are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb_to_lab
from autochrome.errors import UsageError

T = TypeVar("T")

_NUMBER = r"(\d+(?:\.\d+)?)"
_HINT = re.compile(rf"\s*{_NUMBER}(%?)\s*,\s*{_NUMBER}(%?)\s*=\s*(\#\S+)\s*", re.ASCII)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_FORM = "Write it as x,y=#rrggbb, in pixels or as 50%,30%=#rrggbb"


@dataclass(frozen=True, slots=True)
class Hint:
    """The color of one place.

    Parameters
    ----------
    x, y : across and down, of the photograph as it is looked at: in pixels, the first one 0; or in
        percent of width and height.
    color : "#rrggbb", in sRGB. Only its hue and chroma are used: lightness stays the photograph's.
    percent : whether x and y are in percent.

    Raises
    ------
    UsageError
        If the color is not of that form, or a coordinate cannot be inside any photograph.
    """

    x: float
    y: float
    color: str
    percent: bool = False

    def __post_init__(self) -> None:
        if not _COLOR.fullmatch(self.color):
            raise UsageError(f"The hint's color {self.color!r} is not of the form #rrggbb")
        for value in (self.x, self.y):
            if not (math.isfinite(value) and 0 <= value <= (100 if self.percent else math.inf)):
                raise UsageError(f"A hint cannot lie at {self._place}")

    @property
    def _place(self) -> str:
        unit = "%" if self.percent else ""
        return f"{self.x:g}{unit},{self.y:g}{unit}"

    @property
    def ab(self) -> NDArray[np.float64]:
        """The color's (a, b), in CIELAB units."""
        rgb = np.frombuffer(bytes.fromhex(self.color[1:]), dtype=np.uint8) / 255
        return np.asarray(rgb_to_lab(rgb)[1:])

    def position(
        self, height: int, width: int, name: str = "the photograph"
    ) -> tuple[float, float]:
        """Return how far down and across the hint lies, both in [0, 1].

        Raises
        ------
        UsageError
            If it lies outside a photograph of this height and width, in pixels.
        """
        if self.percent:
            return self.y / 100, self.x / 100
        if self.x >= width or self.y >= height:
            raise UsageError(
                f"The hint at {self._place} lies outside {name}, {width} x {height} pixels",
                "Count from 0 at the top left of the photograph as it is looked at",
            )
        return min((self.y + 0.5) / height, 1), min((self.x + 0.5) / width, 1)


def parse_hint(text: str) -> Hint:
    """Read a hint as it is written; raises UsageError if it is malformed."""
    match = _HINT.fullmatch(text)
    if not match:
        raise UsageError(f"The hint {text!r} cannot be read", _FORM)
    x, x_unit, y, y_unit, color = match.groups()
    if x_unit != y_unit:
        raise UsageError(f"The hint {text!r} mixes pixels and percent", _FORM)
    return Hint(float(x), float(y), color, percent=x_unit == "%")


def read_hints(path: Path) -> tuple[Hint, ...]:
    """Read a file of hints.

    Raises
    ------
    UsageError
        If a line is malformed, or the file cannot be read.
    """
    return read_lines(path, parse_hint)


def read_lines(path: Path, parse: Callable[[str], T]) -> tuple[T, ...]:
    """Read hints from a file by a function that reads one line; see `read_hints`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"Cannot read the hints in {path}: {why}") from error
    hints = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                hints.append(parse(line))
            except UsageError as error:
                raise UsageError(f"{path}, line {number}: {error.message}", error.advice) from error
    return tuple(hints)
