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
_MAX_BORDER = 1 / 4  # of a side: what is wider belongs to the picture
_CROOKED = 1 / 50  # of a side: so much more is left out, as prints lie askew


def exposure_gain(lightness: NDArray[np.float32], exposure: float) -> float:
    """Return how many times the light of an underexposed photograph a right exposure would have.

    Parameters
    ----------
    lightness : (h, w) L* in [0, 100], of the photograph alone: what pads it may hide its border.
    exposure : the luminance in [0, 1), of which white has 1, that its highlights are brought to;
        the white border of a print is none of them. 0 asks for nothing.

    Returns
    -------
    1, where the highlights are bright enough, to 4, two stops.
    """
    if exposure == 0:
        return 1.0
    picture = _without_border(lightness, float(luminance_to_lightness(exposure)))
    highlights = float(lightness_to_luminance(np.percentile(picture, _HIGHLIGHTS)))
    return max(1.0, exposure / max(highlights, exposure / _MAX_GAIN))


def expose(lightness: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """Brighten a photograph, as a longer exposure would have.

    Parameters
    ----------
    lightness : (h, w) L* in [0, 100].
    gain : from `exposure_gain`.

    Returns
    -------
    (h, w) float32 L* in [0, 100]: the light of each pixel times the gain, clipped at white; or
    `lightness` itself.
    """
    if gain == 1:
        return lightness
    light = np.float32(gain) * lightness_to_luminance(lightness)
    return np.asarray(luminance_to_lightness(np.minimum(light, 1)), dtype=np.float32)


def brightening(gain: float) -> float:
    """Return by how much `expose` enlarges L* + 16, and with it a and b; 1 or more.

    Near black, below an L* of 8, L* + 16 grows by less.
    """
    return float(np.cbrt(gain))


def _without_border(lightness: NDArray[np.float32], bright: float) -> NDArray[np.float32]:
    """Leave out the lines along the edges that are mostly `bright`, if three edges have some.

    A sky is bright along one edge or, with a window, along two.
    """
    paper = lightness >= bright
    (top, bottom), (left, right) = (_border(paper.mean(axis) > 0.5) for axis in (1, 0))
    if np.count_nonzero((top, bottom, left, right)) < 3:
        return lightness
    height, width = lightness.shape
    return lightness[top : height - bottom, left : width - right]


def _border(paper: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many lines, of which some are paper, to leave out before and after the others."""
    count = len(paper)
    inside = np.flatnonzero(~paper)
    if not len(inside):
        return 0, 0
    widths = int(inside[0]), count - 1 - int(inside[-1])
    if max(widths) > _MAX_BORDER * count:
        return 0, 0
    before, after = (width and width + int(_CROOKED * count) for width in widths)
    return before, after
