"""From decoded frames to colored ones."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

import av
import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline import Colorizer
from autochrome.video.options import VideoOptions
from autochrome.video.overlap import ahead
from autochrome.video.planes import prepare_frame, small_lightness, write_color
from autochrome.video.scene import Retouch, SceneState
from autochrome.video.source import Clip
from autochrome.video.steady import steady_colors

_DEPTH = 3  # frames that wait between two stages


def color_frames(
    colorizer: Colorizer,
    frames: Iterable[av.VideoFrame],
    clip: Clip,
    pix_fmt: str,
    options: VideoOptions,
    state: SceneState | None = None,
    retouch: Retouch | None = None,
) -> Generator[tuple[av.VideoFrame, int, SceneState | None], None, None]:
    """Color decoded frames, with the scene of each and, of key frames, its state.

    Frames come out in the planar Y'CbCr format `pix_fmt`, upright, their luma unchanged. They
    are decoded, looked at and colored in three threads, some frames ahead of those that are taken.
    """
    size = colorizer.working_size(clip.height, clip.width, options.color.working_side)

    def seen() -> Iterator[tuple[av.VideoFrame, NDArray[np.float32]]]:
        for frame in frames:
            frame = prepare_frame(frame, clip, pix_fmt)
            yield frame, small_lightness(frame, size, clip.tags)

    def colored() -> Iterator[tuple[av.VideoFrame, int, SceneState | None]]:
        upright = (clip.height, clip.width)
        prepared = ahead(seen(), _DEPTH)
        steady = steady_colors(colorizer, prepared, upright, options.color, state, retouch)
        for frame, color in ahead(steady, _DEPTH):
            write_color(frame, color.coefficients, clip.tags, options.color.strength)
            yield frame, color.scene, color.state

    return ahead(colored(), _DEPTH)
