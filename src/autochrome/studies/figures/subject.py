"""What the figures are drawn of: photographs, and a model that colors them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.color import lab_to_rgb, rgb8_to_lab
from autochrome.errors import UsageError
from autochrome.evaluate.join import join
from autochrome.photo import open_photo, photo_from_array
from autochrome.pipeline import Colorizer, Prediction
from autochrome.pipeline.source_color import measure_color

LONG_SIDE = 640
"""Larger photographs are reduced to this: more pixels than a figure can print."""


@dataclass(frozen=True)
class Subject:
    """What all figures are drawn of.

    Parameters
    ----------
    photographs : (H, W, 3) uint8 sRGB each, upright, at most `LONG_SIDE` pixels.
    colorizer : the model.
    """

    photographs: tuple[NDArray[np.uint8], ...]
    colorizer: Colorizer

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The first photograph."""
        return self.photographs[0]

    @cached_property
    def lab(self) -> NDArray[np.float32]:
        """The first photograph, in Lab."""
        return rgb8_to_lab(self.rgb)

    @cached_property
    def prediction(self) -> Prediction:
        """What the network answers to the first photograph."""
        photo = photo_from_array(self.rgb)
        return self.colorizer.predict_distribution(photo)

    def colorized(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Color the lightness of a photograph anew."""
        lightness = rgb8_to_lab(rgb)[..., 0]
        return join(lightness, self.colorizer.predict(lightness))


def open_subject(photographs: Sequence[Path], model: str | Path) -> Subject:
    """Read the photographs and load the model.

    Raises
    ------
    UsageError
        If there is no photograph, the first is gray, or the model has no distribution over
        colors.
    UnreadablePhotoError, ModelError
        If one of them cannot be read.
    """
    if not photographs:
        raise UsageError("figures need a photograph")
    pictures = tuple(read_picture(path) for path in photographs)
    if measure_color(rgb8_to_lab(pictures[0])).kind == "gray":
        raise UsageError(
            f"{photographs[0]} is gray, and figures of color are to be drawn of it",
            "Name a photograph in color first",
        )
    # One thread adds in one order: the same bytes every time.
    colorizer = Colorizer.open(model, device="cpu", num_threads=1)
    if colorizer.manifest.decode.kind == "direct":
        raise UsageError(
            f"{colorizer.manifest.name} predicts one color a place, and no distribution to draw",
            "Choose a model that classifies colors, such as lumiere",
        )
    return Subject(pictures, colorizer)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a photograph upright as (H, W, 3) uint8 sRGB, reduced to `LONG_SIDE` if larger."""
    photo = open_photo(path)
    height, width = photo.upright_size
    scale = min(1, LONG_SIDE / max(height, width))
    lab = photo.read_lab(max(1, round(height * scale)), max(1, round(width * scale)))
    return np.asarray(np.rint(255 * lab_to_rgb(lab).clip(0, 1)), dtype=np.uint8)
