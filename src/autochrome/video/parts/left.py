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

_EARLIER_S = 20.0  # before a time to which seeking leads too late, it is tried once more


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
    if resume:
        frames = _resumed(source, resume, damage, clip)
    else:
        frames = _decoded(source, damage, clip, excerpt)
    yield from excerpt.cut(frames, clip) if excerpt else frames


def _decoded(
    source: Path, damage: Damage, clip: Clip, excerpt: Excerpt | None
) -> Iterator[av.VideoFrame]:
    start = excerpt.start if excerpt else 0
    ticks = int((clip.start_seconds + start) / clip.time_base) if start else None
    place = None if ticks is None else _sought(source, ticks, clip)
    with open_input(source) as container:
        yield from read_frames(container, damage, place)


def _resumed(
    source: Path, resume: ResumePoint, damage: Damage, clip: Clip
) -> Iterator[av.VideoFrame]:
    place = _sought(source, resume.pts, clip, exactly=True)
    with open_input(source) as container:
        frames = read_frames(container, damage, place)
        first = next((frame for frame in frames if ticks_of(frame) >= resume.pts), None)
        if first is None or first.pts != resume.pts:
            raise UnreadableVideoError(
                f"{source} has no frame where an earlier run ended",
                "Remove the folder of its parts and run this again",
            )
        yield from chain([first], frames)


def _sought(source: Path, ticks: int, clip: Clip, *, exactly: bool = False) -> int | None:
    """Return a time to seek to, or None where only decoding from the beginning leads to it.

    Seeking is not to be trusted: without an index, as in MPEG-TS and on DVDs, it comes out too
    late, and in raw streams nowhere; AVI is decoded from the beginning in any case.

    Parameters
    ----------
    exactly : whether a frame has to be there, and not only one before.
    """
    earlier = ticks - round(_EARLIER_S / clip.time_base)
    places = [ticks, earlier] if earlier * clip.time_base > clip.start_seconds else [ticks]
    for place in places:
        with open_input(source) as container:
            for pts in map(ticks_of, read_frames(container, start=place)):
                if float(pts * clip.time_base) <= clip.start_seconds:
                    return None  # it is the beginning: nothing is to be gained
                if pts == ticks or (pts < ticks and not exactly):
                    return place
                if pts > ticks:
                    break
    return None


def ticks_of(frame: av.VideoFrame) -> int:
    """Return when a decoded frame is shown, in ticks of its clip."""
    assert frame.pts is not None
    return frame.pts
