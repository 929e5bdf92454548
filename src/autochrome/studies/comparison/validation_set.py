"""The photographs that all systems are measured on, prepared once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.evaluate import PhotographSet, Protocol


class ValidationSet(NamedTuple):
    """Photographs (N, side, side, 3) uint8 sRGB, as the protocol wants them, and their hash."""

    protocol: Protocol
    photographs: NDArray[np.uint8]
    sha256: str

    def spread(self, count: int) -> NDArray[np.uint8]:
        """Take some evenly through the set: chosen by nobody."""
        count = min(count, len(self.photographs))
        first = len(self.photographs) // (2 * count)
        return self.photographs[first :: len(self.photographs) // count][:count]


def load_validation_set(
    paths: Sequence[Path], protocol: Protocol, limit: int | None
) -> ValidationSet:
    """Decode and prepare the first photographs of shards or folders.

    Raises
    ------
    UsageError
        If there is no photograph.
    UnreadablePhotoError
        If one is damaged.
    """
    prepared = [protocol.prepare(photograph) for photograph in PhotographSet(paths, limit)]
    if not prepared:
        raise UsageError("there is no photograph to measure")
    photographs = np.stack(prepared)
    return ValidationSet(protocol, photographs, hashlib.sha256(photographs.tobytes()).hexdigest())
