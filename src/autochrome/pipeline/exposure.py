"""Exposure: what was recorded too dark is shown to the network brighter.

Few of the photographs a network learns from are as dark as what a camera records at night, and of
darkness it makes patches of bold color. The lightness of the result stays what it was, and its
color is what the network answered in less light again: at a fixed chromaticity a, b and L* + 16
grow alike, by the cube root of the light.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autochrome.color import lightness_to_luminance, luminance_to_lightness

_HIGHLIGHTS = 99.5  # percentile: some lamps and specks of dust may be brighter
_MAX_GAIN = 4.0  # two stops, so that black stays dark, whatever noise it has


def expose(lightness: NDArray[np.float32], exposure: float) -> NDArray[np.float32]:
    """Brighten an underexposed photograph, as a longer exposure would have.

    Parameters
    ----------
    lightness : (h, w) L* in [0, 100].
    exposure : the luminance in [0, 1), of which white has 1, that its highlights are brought to, by
        at most two stops; where they are brighter nothing changes. 0 never changes anything.

    Returns
    -------
    (h, w) float32 L* in [0, 100]: the light of each pixel times one gain, clipped at white; or
    `lightness` itself.
    """
    gain = _gain(lightness, exposure)
    if gain == 1:
        return lightness
    light = np.float32(gain) * lightness_to_luminance(lightness)
    return np.asarray(luminance_to_lightness(np.minimum(light, 1)), dtype=np.float32)


def brightening(lightness: NDArray[np.float32], exposure: float) -> float:
    """Return by how much `expose` enlarges L* + 16, and with it a and b; 1 or more.

    Near black, below an L* of 8, L* + 16 grows by less.
    """
    return float(np.cbrt(_gain(lightness, exposure)))


def _gain(lightness: NDArray[np.float32], exposure: float) -> float:
    """Return the factor on the light, from 1 to `_MAX_GAIN`."""
    if exposure == 0:
        return 1.0
    highlights = float(lightness_to_luminance(np.percentile(lightness, _HIGHLIGHTS)))
    return max(1.0, exposure / max(highlights, exposure / _MAX_GAIN))
