"""The network's answers to one photograph, each asked for once and decoded many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autochrome.photo import resize_array
from autochrome.pipeline import ColorizeOptions, Colorizer, Prediction
from autochrome.pipeline.decode import decode_smoothly
from autochrome.pipeline.upsampling import apply_linear, follow_edges, linear_color
from autochrome.studies.examination.decodings import Decoding

_AT_ONCE = 14  # more take more memory, and hardly less time

Ab: TypeAlias = NDArray[np.float32]


class KeptAnswers:
    """What a model says of one photograph; see `Colorizer.predict`.

    Parameters
    ----------
    colorizer : the model.
    lightness : (H, W) float32 L* in [0, 100].
    """

    def __init__(self, colorizer: Colorizer, lightness: NDArray[np.float32]) -> None:
        self._colorizer = colorizer
        self._lightness = lightness
        self._kept: dict[tuple[int, bool], Prediction] = {}

    def decode(self, decodings: Iterable[Decoding]) -> Iterator[tuple[Decoding, Ab]]:
        """Yield each decoding with its ab, (H, W, 2) float32 in CIELAB units, grouped by size."""
        looks: dict[tuple[int, bool], list[Decoding]] = {}
        for decoding in decodings:
            looks.setdefault((decoding.working_side, decoding.mirrored), []).append(decoding)
        for (side, mirrored), group in looks.items():
            prediction = self._prediction(side, mirrored=mirrored)
            for first in range(0, len(group), _AT_ONCE):
                some = group[first : first + _AT_ONCE]
                together = self._decode_together(prediction, [one.options for one in some])
                yield from zip(some, np.split(together, len(some), axis=-1), strict=True)

    def _decode_together(self, prediction: Prediction, choices: list[ColorizeOptions]) -> Ab:
        """Do what `Colorizer.predict` does for several options at once: (H, W, 2 n).

        Enlarging and moving color to edges treat each channel alike, and most of their work is
        about lightness.
        """
        defaults = self._colorizer.manifest.decode
        cells = [decode_smoothly(prediction, options, defaults) for options in choices]
        enlarged = resize_array(np.concatenate(cells, axis=-1), *prediction.padded_size)
        height, width = prediction.lightness.shape
        ab = follow_edges(enlarged, prediction.padded_lightness)[:height, :width]
        return apply_linear(linear_color(ab, prediction.lightness), self._lightness)

    def _prediction(self, side: int, *, mirrored: bool) -> Prediction:
        if (side, mirrored) not in self._kept:
            self._kept[side, mirrored] = (
                self._colorizer.average_mirrored(self._prediction(side, mirrored=False))
                if mirrored
                else self._asked(side)
            )
        return self._kept[side, mirrored]

    def _asked(self, side: int) -> Prediction:
        height, width = self._lightness.shape
        size = self._colorizer.working_size(height, width, side)
        small = resize_array(self._lightness, *size)[..., 0]
        return self._colorizer.predict_lightness(small, (height, width))
