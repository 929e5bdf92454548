"""What the network answered, kept: to be decoded again and again without running it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autochrome.photo import resize_array
from autochrome.pipeline.exposure import brightening
from autochrome.pipeline.prepare import pad_to_size


@dataclass(frozen=True, eq=False)
class Prediction:
    """The network's answer to one photograph; see `Colorizer.predict_distribution`.

    Parameters
    ----------
    name : of the photograph, for messages.
    height, width : of the photograph as it is looked at, in pixels.
    lightness : (h, w) float32 L*, the small upright copy, not brightened for the network.
    answer : (H', W', Q) float32, one distribution a cell as logits, calmed if seen small, its
        highlights spared; or (H', W', 2), its ab, of a model that decodes itself. The cells reach
        beyond `lightness` at the right and the bottom, where it was padded.
    cell : side of a cell, in pixels of `lightness`.
    exposure_gain : how many times the light the network saw; see `autochrome.pipeline.exposure`.
    """

    name: str
    height: int
    width: int
    lightness: NDArray[np.float32] = field(repr=False)
    answer: NDArray[np.float32] = field(repr=False)
    cell: int
    exposure_gain: float = 1.0

    @property
    def brightening(self) -> float:
        """How much larger L* + 16, a and b are in what the network saw; 1 or more."""
        return brightening(self.exposure_gain)

    @property
    def padded_size(self) -> tuple[int, int]:
        """Height and width of all cells, in pixels of `lightness`."""
        rows, columns = self.answer.shape[:2]
        return rows * self.cell, columns * self.cell

    @property
    def padded_lightness(self) -> NDArray[np.float32]:
        """`lightness`, extended to the size of all cells."""
        return pad_to_size(self.lightness, self.padded_size)

    @cached_property
    def cell_lightness(self) -> NDArray[np.float32]:
        """(H', W') L* of the cells: one answer is decoded many times."""
        return resize_array(self.padded_lightness[..., None], *self.answer.shape[:2])[..., 0]
