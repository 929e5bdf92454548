"""The frames of a film that no part has yet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av

from autochrome.errors import UnreadableVideoError
from autochrome.video.container.excerpt import Excerpt
from autochrome.video.container.source import Clip, Damage, open_input, read_frames
from autochrome.video.parts.work_folder import ResumePoint


def frames_left(
    source: Path,
    resume: ResumePoint | None,
    damage: Damage,
    clip: Clip,
    excerpt: Excerpt | None,
) -> Iterator[av.VideoFrame]:
    """Decode a film or a piece of it, from the beginning or from where an earlier run has come to.

    Raises
    ------
    UsageError
        If the film is over before the piece begins.
    """
    frames = _resumed(source, resume, damage) if resume else _decoded(source, damage, clip, excerpt)
    yield from excerpt.cut(frames, clip) if excerpt else frames


def _decoded(
    source: Path, damage: Damage, clip: Clip, excerpt: Excerpt | None
) -> Iterator[av.VideoFrame]:
    start = excerpt.start if excerpt else 0
    ticks = int((clip.start_seconds + start) / clip.time_base) if start else None
    with open_input(source) as container:
        yield from read_frames(container, damage, ticks)


def _resumed(source: Path, resume: ResumePoint, damage: Damage) -> Iterator[av.VideoFrame]:
    # Where the index of a file leads nowhere, it is decoded from the beginning.
    for start in (resume.pts, None):
        with open_input(source) as container:
            frames = read_frames(container, damage, start)
            first = next((frame for frame in frames if ticks_of(frame) >= resume.pts), None)
            if first is not None and first.pts == resume.pts:
                yield from chain([first], frames)
                return
    raise UnreadableVideoError(
        f"{source} has no frame where an earlier run ended",
        "Remove the folder of its parts and run this again",
    )


def ticks_of(frame: av.VideoFrame) -> int:
    """Return when a decoded frame is shown, in ticks of its clip."""
    assert frame.pts is not None
    return frame.pts
