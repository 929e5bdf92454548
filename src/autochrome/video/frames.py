"""From decoded frames to colored ones."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

import av
import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline import Colorizer
from autochrome.video.container.encoder import encoded_tags
from autochrome.video.container.source import Clip
from autochrome.video.options import VideoOptions
from autochrome.video.overlap import ahead
from autochrome.video.picture.planes import prepare_frame, small_lightness, write_color
from autochrome.video.retouch.hints import HintPainter
from autochrome.video.steady.colors import steady_colors
from autochrome.video.steady.scene import AHEAD, Retouch, SceneState

_DEPTH = 3  # frames that wait between two stages


def color_frames(
    colorizer: Colorizer,
    frames: Iterable[av.VideoFrame],
    clip: Clip,
    pix_fmt: str,
    options: VideoOptions,
    state: SceneState | None = None,
    retouch: Retouch | None = None,
    *,
    look_ahead: int = AHEAD,
    depth: int = _DEPTH,
) -> Generator[tuple[av.VideoFrame, int, SceneState | None], None, None]:
    """Color decoded frames, with the scene of each and, of key frames, its state.

    Frames come out in the planar Y'CbCr format `pix_fmt`, upright, their luma unchanged. They
    are decoded, looked at and colored in three threads, some frames ahead of those that are taken.

    Parameters
    ----------
    retouch : what a person asks of the color of key frames; by default the hints alone.
    look_ahead : key frames that are waited for before one is settled; see `Scene`.
    depth : frames that wait between two threads; with 0 all is done in one, and none waits.
    """
    tags = encoded_tags(clip, options)
    painter = retouch or (HintPainter(options.hints) if options.hints else None)
    size = colorizer.working_size(clip.height, clip.width, options.color.working_side)

    def seen() -> Iterator[tuple[av.VideoFrame, NDArray[np.float32]]]:
        for frame in frames:
            frame = prepare_frame(frame, clip, pix_fmt, tags)
            yield frame, small_lightness(frame, size, tags)

    def colored() -> Generator[tuple[av.VideoFrame, int, SceneState | None], None, None]:
        upright = (clip.height, clip.width)
        prepared = ahead(seen(), depth) if depth else seen()
        steady = steady_colors(
            colorizer, prepared, upright, options.color, state, painter, ahead=look_ahead
        )
        for frame, color in ahead(steady, depth) if depth else steady:
            write_color(frame, color.coefficients, tags, options.color.strength)
            yield frame, color.scene, color.state

    return ahead(colored(), depth) if depth else colored()
