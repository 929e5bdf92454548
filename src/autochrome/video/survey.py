"""A look through a film before it is colored: where its scenes begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av

from autochrome.video.flow import Flow
from autochrome.video.planes import prepare_frame, small_lightness
from autochrome.video.scenes import is_cut
from autochrome.video.source import Clip


def first_frames(
    frames: Iterable[av.VideoFrame], clip: Clip, pix_fmt: str, size: tuple[int, int]
) -> Iterator[av.VideoFrame]:
    """Find the first frame of every scene; scenes are those that coloring finds.

    Parameters
    ----------
    frames : decoded, in the order in which they are shown.
    pix_fmt : see `color_frames`.
    size : height and width at which the network sees them.

    Yields
    ------
    Frames, as they were given.
    """
    flow = Flow()
    before = None
    for frame in frames:
        lightness = small_lightness(prepare_frame(frame, clip, pix_fmt), size, clip.tags)
        if before is None or is_cut(before, lightness, flow.map_to(lightness, before)):
            yield frame
        before = lightness
