"""A color still of a scene, whose colors the scene takes over.

The network looks at the still's lightness too. So of each of its cells, 4 x 4 pixels, there is
known what the network makes of it and what color it really has. A cell of the film takes the color
of those that the network makes the same of, and that are as light: a mean, weighted by likeness.
What is like nothing in the still keeps its own color.

This is kernel regression (Nadaraya 1964, Watson 1964) with one more weight, that of the own color.
The still need not be a frame of the film, nor show what it shows in the same place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.photo import open_photo
from autochrome.pipeline import ColorizeOptions, Colorizer, Prediction
from autochrome.pipeline.source_color import measure_color
from autochrome.pipeline.upsampling import follow_edges
from autochrome.video.container.excerpt import parse_time
from autochrome.video.steady.memory import KeyFrame, to_cells

# How far apart two cells may be to count as alike, as a standard deviation:
_LIGHTNESS = 6.0  # in L*,
_COLOR = 8.0  # in what is predicted, in CIELAB units,
_ROOTS = 0.22  # in the square roots of the predicted distribution, the longest distance being 1.4
_OWN = 1.0  # the weight of the own color, in cells of the still that are quite alike
_MOST_CELLS = 1000  # of a still, and
_DIMENSIONS = 24  # of the square roots: more say nothing new and take time


@dataclass(frozen=True, slots=True)
class Reference:
    """A color still, and the scene whose it is: that in which a certain frame is.

    Parameters
    ----------
    photo : an image file in color.
    frame : number of the frame in the film, from 0, also where only a piece is colored; or
    seconds : its time, from the film's first frame. One of the two is given.

    Raises
    ------
    UsageError
        If there can be no such frame.
    """

    photo: Path
    frame: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.frame, self.seconds) if value is not None]
        if len(given) != 1 or not (math.isfinite(given[0]) and given[0] >= 0):
            raise UsageError("A reference is of one frame", "Give its number, from 0, or its time")

    @property
    def where(self) -> str:
        """Its number or its time, to be told."""
        return f"{self.seconds:g} s" if self.frame is None else str(self.frame)

    def is_reached(self, frame: int, seconds: float) -> bool:
        """Tell whether a film that has come to a frame has come to this one."""
        return frame == self.frame or (self.seconds is not None and seconds >= self.seconds - 1e-6)


def parse_reference(text: str) -> Reference:
    """Read ``FRAME=PHOTO``, FRAME a number or a time with s or a colon; raises UsageError."""
    frame, equals, photo = text.partition("=")
    if not equals or not photo:
        raise UsageError(
            f"The reference {text!r} cannot be read", "Write it as 120=photo.png or 0:05=photo.png"
        )
    if re.fullmatch(r"\s*\d+\s*", frame, re.ASCII):
        return Reference(Path(photo), frame=int(frame))
    return Reference(Path(photo), seconds=parse_time(frame))


def check_references(references: Sequence[Reference]) -> None:
    """Refuse stills that cannot be read, before any work; raises UnreadablePhotoError."""
    for reference in references:
        open_photo(reference.photo)


class ReferencePainter:
    """Gives the key frames of scenes the colors of a still: a `Retouch`.

    Parameters
    ----------
    colorizer, options : that color the film.
    photos : a still each of some scenes, which are counted from 0.

    Raises
    ------
    UnreadablePhotoError
        If a still cannot be read.
    UsageError
        If it is not in color.
    """

    def __init__(
        self, colorizer: Colorizer, options: ColorizeOptions, photos: dict[int, Path]
    ) -> None:
        self._stills = {scene: _Still(colorizer, options, photo) for scene, photo in photos.items()}

    def __call__(
        self, scene: int, prediction: Prediction, ab: NDArray[np.float32], first: KeyFrame
    ) -> NDArray[np.float32]:
        """Return the (h, w, 2) ab of a key frame with the colors of the still of its scene."""
        if scene not in self._stills:
            return ab
        return self._stills[scene].color(prediction, ab)


class _Still:
    def __init__(self, colorizer: Colorizer, options: ColorizeOptions, path: Path) -> None:
        photo = open_photo(path)
        size = colorizer.working_size(*photo.upright_size, options.working_side)
        lab = photo.read_lab(*size)
        if measure_color(lab).kind == "gray":
            raise UsageError(f"{path} is not in color", "Give a color photograph of the scene")
        prediction = colorizer.predict_lightness(
            lab[..., 0], photo.upright_size, photo.name, flip_averaging=options.flip_averaging
        )
        features = _features(prediction, colorizer.decode(prediction, options))
        truth = _cells(lab[..., 1:], prediction).reshape(-1, 2)
        every = -(-len(features) // _MOST_CELLS)
        features, self._truth = features[::every], truth[::every]
        roots = features[:, 3:]
        self._basis = np.linalg.svd(roots, full_matrices=False)[2][:_DIMENSIONS].T
        self._features = self._project(features)

    def _project(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([features[:, :3], features[:, 3:] @ self._basis], axis=1)

    def color(self, prediction: Prediction, ab: NDArray[np.float32]) -> NDArray[np.float32]:
        own = _cells(ab, prediction)
        features = self._project(_features(prediction, ab))
        weights = np.exp(-_squared_distances(features, self._features) / 2)
        total = weights.sum(axis=1, keepdims=True)
        change = (weights @ self._truth - total * own.reshape(-1, 2)) / (total + _OWN)
        height, width = prediction.lightness.shape
        rows, columns = (prediction.cell * count for count in own.shape[:2])
        enlarged = cv2.resize(change.reshape(own.shape), (columns, rows))[:height, :width]
        return ab + follow_edges(np.asarray(enlarged, dtype=np.float32), prediction.lightness)


def _features(prediction: Prediction, ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe each cell, so that cells at a distance of 1 are a standard deviation apart."""
    lightness = _cells(prediction.lightness, prediction).reshape(-1, 1) / _LIGHTNESS
    color = _cells(ab, prediction).reshape(-1, 2) / _COLOR
    rows, columns = _num_cells(prediction)
    answer = prediction.answer[:rows, :columns].reshape(rows * columns, -1)
    if answer.shape[1] == 2:  # of a model that decodes itself: it is in the color already
        return np.concatenate([lightness, color, 0 * color], axis=1, dtype=np.float32)
    roots = np.exp((answer - answer.max(axis=1, keepdims=True)) / 2)
    roots /= np.linalg.norm(roots, axis=1, keepdims=True)
    return np.concatenate([lightness, color, roots / _ROOTS], axis=1, dtype=np.float32)


def _num_cells(prediction: Prediction) -> tuple[int, int]:
    height, width = prediction.lightness.shape
    return -(-height // prediction.cell), -(-width // prediction.cell)


def _cells(values: NDArray[np.float32], prediction: Prediction) -> NDArray[np.float32]:
    return to_cells(values, _num_cells(prediction), prediction.cell)


def _squared_distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * (one @ other.T), 0), dtype=np.float32)
