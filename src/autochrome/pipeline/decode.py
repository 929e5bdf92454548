"""From the network's answer to the color a person asked for: no network in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import decode_with_variance
from autochrome.errors import UsageError
from autochrome.models import Decode
from autochrome.photo import resize_array
from autochrome.pipeline.boldness import calm
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.presets import VIVIDNESS_OFFSETS
from autochrome.pipeline.smoothing import smooth_color
from autochrome.pipeline.spread import spread_hints
from autochrome.pipeline.upsampling import follow_edges
from autochrome.pipeline.variants import vary


def decode(
    prediction: Prediction, options: ColorizeOptions, defaults: Decode
) -> NDArray[np.float32]:
    """Decode a prediction to (h, w, 2) ab at the working size, upright.

    Parameters
    ----------
    prediction : the network's answer.
    options : what was asked for; what it leaves open, the model decides.
    defaults : the model's own.

    Raises
    ------
    UsageError
        If a hint lies outside the photograph, or the model gives one color where the options
        choose among several.
    """
    check_options(options, defaults)
    cells = decode_smoothly(prediction, options, defaults)
    height, width = prediction.lightness.shape
    enlarged = resize_array(cells, *prediction.padded_size)
    ab = follow_edges(enlarged, prediction.padded_lightness)[:height, :width]
    if options.variant:
        ab = vary(ab, prediction, options.variant)
    ab = ab * np.float32(options.saturation)
    return spread_hints(ab, prediction, options.hints) if options.hints else ab


def decode_smoothly(
    prediction: Prediction, options: ColorizeOptions, defaults: Decode
) -> NDArray[np.float32]:
    """Decode a prediction to one color a cell, (H', W', 2) ab, smoothed as was asked for."""
    passes = defaults.smoothing if options.smoothing is None else options.smoothing
    ab, variance = _decode_each(prediction.answer, options, defaults)
    smooth = smooth_color(ab, variance, prediction.cell_lightness, passes)
    return smooth / np.float32(prediction.brightening)


def decode_cells(
    answer: NDArray[np.float32], options: ColorizeOptions, defaults: Decode
) -> NDArray[np.float32]:
    """Decode the network's answer, (..., C), cell by cell: (..., 2) ab, and nothing more."""
    return _decode_each(answer, options, defaults)[0]


def _decode_each(
    answer: NDArray[np.float32], options: ColorizeOptions, defaults: Decode
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Decode each cell to ab, (..., 2), and its variance, (...); see `decode_with_variance`."""
    if defaults.kind == "direct":
        return answer, np.zeros(answer.shape[:-1], np.float32)
    return decode_with_variance(
        calm(answer, defaults.rebalancing, defaults.prior),
        temperature=options.temperature or defaults.temperature,
        vividness=_vividness(options, defaults),
    )


def check_options(options: ColorizeOptions, defaults: Decode) -> None:
    """Refuse what only a distribution over colors can answer, if the model has none.

    Raises
    ------
    UsageError
        If the model gives one color where the options choose among several.
    """
    if defaults.kind != "direct":
        return
    chosen = {
        "temperature": options.temperature is not None,
        "vividness": options.vividness is not None,
        f"the preset {options.preset}": options.preset != "balanced",
        "variants": options.variant is not None,
    }
    for name, asked in chosen.items():
        if asked:
            raise UsageError(
                f"This model predicts one color a place, not a distribution: {name} cannot be had",
                "Leave it out (saturation, strength and hints work), or choose another model",
            )


def _vividness(options: ColorizeOptions, defaults: Decode) -> float:
    if options.vividness is not None:
        return options.vividness
    return float(np.clip(defaults.vividness + VIVIDNESS_OFFSETS[options.preset], -1, 1))
