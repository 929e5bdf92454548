"""The frames of an animation: color that does not flicker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

_MEMORY = 0.9  # how much of the color before stays where nothing moved
_SAME = 3.0  # difference of L* that counts as nothing


def steady(
    frames: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> Iterator[NDArray[np.float32]]:
    """Let each place keep its color for as long as its lightness stays.

    Parameters
    ----------
    frames : of each frame L* (h, w) and predicted ab (h, w, 2).

    Yields
    ------
    (h, w, 2) ab of each frame: a mean over time that begins anew where something moves.
    """
    before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    for lightness, ab in frames:
        if before is not None:
            change = (lightness - before[0]) / np.float32(_SAME)
            share = np.float32(_MEMORY) * np.exp(-(change**2))[..., None]
            ab = ab + share * (before[1] - ab)
        before = (lightness, ab)
        yield ab
