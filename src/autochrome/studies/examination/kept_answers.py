"""The network's answers to one photograph, each asked for once and decoded many times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autochrome.photo import resize_array
from autochrome.pipeline import Colorizer, Prediction
from autochrome.pipeline.upsampling import apply_linear
from autochrome.studies.examination.decodings import Decoding


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

    def ab(self, decoding: Decoding) -> NDArray[np.float32]:
        """Decode to (H, W, 2) ab in CIELAB units."""
        prediction = self._prediction(decoding.working_side, mirrored=decoding.mirrored)
        coefficients = self._colorizer.linear_color(prediction, decoding.options)
        return apply_linear(coefficients, self._lightness)

    def _prediction(self, side: int, *, mirrored: bool) -> Prediction:
        if (side, mirrored) not in self._kept:
            ask = self._averaged if mirrored else self._asked
            self._kept[side, mirrored] = ask(side)
        return self._kept[side, mirrored]

    def _asked(self, side: int) -> Prediction:
        height, width = self._lightness.shape
        size = self._colorizer.working_size(height, width, side)
        small = resize_array(self._lightness, *size)[..., 0]
        return self._colorizer.predict_lightness(small, (height, width))

    def _averaged(self, side: int) -> Prediction:
        """Average the logits with those of the mirror image, mirrored back."""
        prediction = self._prediction(side, mirrored=False)
        # What was padded is mirrored with it, so that the cells lie on each other.
        mirror_image = prediction.padded_lightness[:, ::-1]
        answer = self._colorizer.session.run(mirror_image)[:, ::-1]
        return replace(prediction, answer=np.float32(0.5) * (prediction.answer + answer))
