"""The state in which a model sees a photograph; what it is measured by stays the clean one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb8_to_lab

Show: TypeAlias = Callable[[NDArray[np.uint8], int], NDArray[np.float32]]
"""A clean photograph (H, W, 3) sRGB and its position in the set to L* (H, W) in [0, 100]."""


@dataclass(frozen=True)
class Condition:
    """A named state of photographs.

    Parameters
    ----------
    name : as tables and the command line call it.
    show : a prepared photograph (H, W, 3) uint8 sRGB and its position in the set, from 0, to
        the lightness (H, W) float32 in [0, 100] that a model sees. The same arguments must
        give the same lightness in every run, so that models are measured on the same pictures.
    """

    name: str
    show: Show


def _lightness(rgb: NDArray[np.uint8], _position: int) -> NDArray[np.float32]:
    return rgb8_to_lab(rgb)[..., 0].copy()


CLEAN = Condition("clean", _lightness)
"""The photograph's own lightness."""
