"""A look through a film before it is colored: where its scenes begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.video.container.encoder import choose_format, encoded_tags
from autochrome.video.container.source import Clip
from autochrome.video.options import VideoOptions
from autochrome.video.picture.planes import prepare_frame, small_lightness
from autochrome.video.retouch.reference import Reference
from autochrome.video.steady.cuts import follow, is_blank


def number_scenes(
    frames: Iterable[av.VideoFrame], clip: Clip, options: VideoOptions, size: tuple[int, int]
) -> Iterator[tuple[av.VideoFrame, int, bool]]:
    """Tell of every frame which scene it belongs to, as coloring finds them.

    Parameters
    ----------
    frames : decoded, in the order in which they are shown.
    options : of coloring them.
    size : height and width at which the network sees them.

    Yields
    ------
    Frames as they were given, their scene, from 0, and whether they are its first.
    """
    pix_fmt, tags = choose_format(clip, options), encoded_tags(clip, options)

    def seen() -> Iterator[tuple[av.VideoFrame, NDArray[np.float32]]]:
        for frame in frames:
            yield frame, small_lightness(prepare_frame(frame, clip, pix_fmt, tags), size, tags)

    scene, was_blank = 0, True
    for followed in follow(seen()):
        is_first = followed.maps is None
        if is_first:  # black before the film has no number of its own
            scene += not was_blank
            was_blank = is_blank(followed.lightness)
        yield followed.item, scene, is_first


def find_scenes(
    frames: Iterable[av.VideoFrame],
    clip: Clip,
    options: VideoOptions,
    size: tuple[int, int],
    warnings: list[str],
) -> dict[int, Path]:
    """Find the scenes that references belong to; the film is read as far as needed.

    Parameters
    ----------
    frames : of the film, from its beginning.
    options : with the references, and the piece in which scenes are counted.
    size : see `number_scenes`.
    warnings : gets the references to frames outside the piece, which are left out.

    Returns
    -------
    The photograph of each scene that has one; scenes are counted from 0.

    Raises
    ------
    UsageError
        If the film has no such frame, or a scene has two references.
    """
    missing = list(options.references)
    reached: dict[int, list[Reference]] = {}  # by the time of their frame

    def noted() -> Iterator[av.VideoFrame]:
        for number, frame in enumerate(frames):
            assert frame.pts is not None
            seconds = (frame.time or 0.0) - clip.start_seconds
            for reference in [r for r in missing if r.is_reached(number, seconds)]:
                missing.remove(reference)
                reached.setdefault(frame.pts, []).append(reference)
            yield frame

    found: dict[int, Path] = {}
    excerpt = options.excerpt
    piece = excerpt.cut(noted(), clip) if excerpt else noted()
    for frame, scene, _ in number_scenes(piece, clip, options, size):
        assert frame.pts is not None
        for reference in reached.pop(frame.pts, []):
            if scene in found:
                raise UsageError(
                    f"{found[scene]} and {reference.photo} are of the same scene", "Choose one"
                )
            found[scene] = reference.photo
        if not missing and all(pts < frame.pts for pts in reached):
            break
    if missing and not excerpt:
        raise UsageError(
            f"{clip.name} has no frame {missing[0].where}, of which {missing[0].photo} is"
        )
    warnings += (
        f"{reference.photo} is not used: its frame, {reference.where}, is outside the preview"
        for reference in (*chain.from_iterable(reached.values()), *missing)
    )
    return found
