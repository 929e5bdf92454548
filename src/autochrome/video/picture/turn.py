"""How a picture is turned that lies on its side, or is mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

from autochrome.errors import UnreadableVideoError


@dataclass(frozen=True)
class Turn:
    """How a stored picture is turned to stand upright.

    Parameters
    ----------
    transposed : whether its rows become columns, first of all.
    across, down : 1, or -1 where the picture is then mirrored.
    """

    transposed: bool
    across: int
    down: int

    def upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Turn (H, W) pixels."""
        turned = pixels.T if self.transposed else pixels
        return turned[:: self.down, :: self.across]


def turn_of(frame: av.VideoFrame) -> Turn | None:
    """Read how a frame is to be turned; None if not at all.

    Only the first of a film is asked: a frame that was asked for what lies beside its picture is
    kept in memory by that, until Python looks for cycles.

    Raises
    ------
    UnreadableVideoError
        If it is not by a multiple of 90 degrees.
    """
    side_data: Any = frame.side_data  # whose types say that it is a `dict` of one key
    if Type.DISPLAYMATRIX not in side_data:
        return None
    matrix = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), dtype=np.int32)
    (a, b), (c, d) = np.sign(matrix.reshape(3, 3)[:2, :2]).tolist()
    # A place (x, y) is shown at (a x + c y, b x + d y).
    if a and d and not b and not c:
        return None if a == d == 1 else Turn(False, a, d)
    if b and c and not a and not d:
        return Turn(True, c, b)
    raise UnreadableVideoError(
        f"The picture is turned by {frame.rotation} degrees", "Turn it upright first"
    )
