"""A piece of a film, to see what coloring all of it would give.

It is written as a length, ``10s``, or as where it begins and a length, ``1:30+10s``. Times are
seconds, or minutes and seconds, or hours, minutes and seconds: ``90s`` is ``90`` is ``1:30``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autochrome.errors import UsageError

if TYPE_CHECKING:
    import av

    from autochrome.video.container.source import Clip

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a film.

    Parameters
    ----------
    seconds : how long it is, above 0.
    start : where it begins, in seconds from the film's first frame.

    Raises
    ------
    UsageError
        If there can be no such piece.
    """

    seconds: float
    start: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UsageError(f"A preview cannot last {self.seconds:g} s")
        if not (math.isfinite(self.start) and self.start >= 0):
            raise UsageError(f"A preview cannot begin at {self.start:g} s")

    @property
    def end(self) -> float:
        """Where it ends, in seconds from the film's first frame."""
        return self.start + self.seconds

    def cut(self, frames: Iterable[av.VideoFrame], clip: Clip) -> Iterator[av.VideoFrame]:
        """Take the frames that belong to it.

        Parameters
        ----------
        frames : in the order in which they are shown, some before it, each with its time.
        clip : whose frames they are.

        Raises
        ------
        UsageError
            If there are none.
        """
        is_over = True
        for frame in frames:
            assert frame.time is not None
            seconds = frame.time - clip.start_seconds
            if seconds >= self.end - 1e-6:
                break
            if seconds >= self.start - 1e-6:
                is_over = False
                yield frame
        if is_over:
            raise UsageError(f"{clip.name} is over before {format_time(self.start)}")


def parse_excerpt(text: str) -> Excerpt:
    """Read an excerpt as it is written; raises UsageError if it is malformed."""
    start, plus, length = text.strip().rpartition("+")
    if plus:
        return Excerpt(parse_time(length), parse_time(start))
    return Excerpt(parse_time(length))


def parse_time(text: str) -> float:
    """Read a time as it is written, in seconds; raises UsageError if it is malformed."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise UsageError(f"The time {text!r} cannot be read", "Write it as 10s, 1:30 or 1:02:03")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds


def format_time(seconds: float) -> str:
    """Write a time as `parse_time` reads it, to a tenth of a second: 1:02:03.4."""
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    leading = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{leading}:{rest // 10:02d}.{rest % 10}"
