"""Color that is steady: one scene after another, and nothing passes from one to the next.

The network looks at key frames. What it says of a place, a distribution over colors, is averaged
with what it says of the same place in other key frames of the scene: the next ones, and those that
are remembered. Places are followed by optical flow; where lightness disagrees, an answer does not
count. Frames between two key frames take their color from both.

What is remembered of a key frame is the average itself: that holds a place to its color. Key frames
are remembered more sparsely the older they are, and the first one for as long as the scene lasts,
so that a long scene stays near its first colors and does not fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.video.steady.cuts import follow
from autochrome.video.steady.scene import AHEAD, FrameColor, Retouch, Scene, SceneState

T = TypeVar("T")


def steady_colors(
    colorizer: Colorizer,
    frames: Iterable[tuple[T, NDArray[np.float32]]],
    size: tuple[int, int],
    options: ColorizeOptions,
    state: SceneState | None = None,
    retouch: Retouch | None = None,
    ahead: int = AHEAD,
) -> Iterator[tuple[T, FrameColor]]:
    """Color the frames of a clip.

    Parameters
    ----------
    colorizer : whose network looks at the key frames.
    frames : anything, and with it (h, w) L* at the working size, upright; one size for all.
    size : height and width of the frames themselves.
    options : how to decode.
    state : where an earlier run has come to; `frames` then begin with the frame it belongs to.
    retouch : what a person asks of the color of key frames.
    ahead : key frames that are waited for before one is settled; see `Scene`.

    Yields
    ------
    The same frames in the same order, each once its color is settled: some frames later, or at
    the end of a scene.
    """
    scene: Scene[T] | None = None
    for frame in follow(frames):
        if scene is None:
            scene = Scene(colorizer, options, size, state or SceneState(), retouch, ahead)
        elif frame.maps is None:
            yield from scene.finish()
            number = scene.index + (not scene.is_blank)
            scene = Scene(colorizer, options, size, SceneState(number), retouch, ahead)
        yield from scene.push(frame)
    if scene is not None:
        yield from scene.finish()
