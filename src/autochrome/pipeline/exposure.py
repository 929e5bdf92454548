"""Exposure: what was recorded too dark is shown to the network brighter.

Few of the photographs a network learns from are as dark as what a camera records at night, and of
darkness it makes patches of bold color. The lightness of the result stays what it was.
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
    if exposure == 0:
        return lightness
    highlights = lightness_to_luminance(np.percentile(lightness, _HIGHLIGHTS))
    if highlights >= exposure:
        return lightness
    gain = exposure / max(float(highlights), exposure / _MAX_GAIN)
    light = np.float32(gain) * lightness_to_luminance(lightness)
    return np.asarray(luminance_to_lightness(np.minimum(light, 1)), dtype=np.float32)
