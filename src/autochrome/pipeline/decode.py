"""From the network's answer to the color a person asked for: no network in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import decode_logits
from autochrome.models import Decode
from autochrome.photo import resize_array
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.presets import VIVIDNESS_OFFSETS
from autochrome.pipeline.spread import spread_hints
from autochrome.pipeline.upsampling import follow_edges
from autochrome.pipeline.variants import vary


def decode(
    prediction: Prediction,
    options: ColorizeOptions,
    defaults: Decode,
    rebalancing_weights: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Decode a prediction to (h, w, 2) ab at the working size, upright.

    Parameters
    ----------
    prediction : the network's answer.
    options : what was asked for; what it leaves open, the model decides.
    defaults : the model's own.
    rebalancing_weights : (Q,) of the model.

    Raises
    ------
    UsageError
        If a hint lies outside the photograph.
    """
    cells = decode_logits(
        prediction.logits,
        temperature=options.temperature or defaults.temperature,
        vividness=_vividness(options, defaults),
        rebalancing_weights=rebalancing_weights,
    )
    height, width = prediction.lightness.shape
    enlarged = resize_array(cells, *prediction.padded_size)
    ab = follow_edges(enlarged, prediction.padded_lightness)[:height, :width]
    if options.variant:
        ab = vary(ab, prediction, options.variant)
    ab = ab * np.float32(options.saturation)
    return spread_hints(ab, prediction, options.hints) if options.hints else ab


def _vividness(options: ColorizeOptions, defaults: Decode) -> float:
    if options.vividness is not None:
        return options.vividness
    return float(np.clip(defaults.vividness + VIVIDNESS_OFFSETS[options.preset], -1, 1))
