"""What became of a film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LiveReport:
    """How well coloring has kept up with a live source.

    Parameters
    ----------
    received : frames that came, those that were dropped among them.
    dropped : frames that were not colored, because newer ones had come meanwhile.
    damaged : packets that could not be decoded.
    most_waiting : the most frames that were taken up and not yet written, at any time.
    latency_s : seconds from the arrival of a frame to its colored packet: the median, the 95th
        percentile, and the longest.
    """

    received: int
    dropped: int
    damaged: int
    most_waiting: int
    latency_s: tuple[float, float, float]

    def __str__(self) -> str:
        median, most, longest = (f"{1000 * seconds:.0f}" for seconds in self.latency_s)
        return (
            f"{self.received} frames received, {self.dropped} dropped, {self.damaged} packets "
            f"damaged; latency {median} ms (95 %: {most}, longest: {longest})"
        )


@dataclass(frozen=True)
class VideoResult:
    """What became of a film.

    Parameters
    ----------
    source, destination : where it was read and written; a str where that is no file.
    frames, scenes : how many there are.
    seconds : how long it is; 0 of streams and sequences.
    warnings : what a person should know.
    resumed : whether an earlier run had done a part of it.
    live : of a live source, how well coloring has kept up with it.
    """

    source: Path | str
    destination: Path | str
    frames: int
    scenes: int
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    resumed: bool = False
    live: LiveReport | None = None
