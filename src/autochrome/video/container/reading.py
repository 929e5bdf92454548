"""A film that is read once, from its beginning to its end, however it may end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from autochrome.video.container.sink import Sink
from autochrome.video.container.source import CUT_SHORT_S, Clip, find_picture


@dataclass
class Reading:
    """Reads a film once: its picture is decoded, the rest is kept as it is.

    Parameters
    ----------
    container, clip : to read.
    broken : why it ended before its end.
    damaged : packets that could not be decoded.
    """

    container: InputContainer
    clip: Clip
    broken: str = ""
    damaged: int = 0
    _end: Fraction = Fraction(0)
    _packets: deque[av.Packet[Any]] = field(default_factory=deque)

    def frames(self) -> Iterator[av.VideoFrame]:
        """Decode the frames in the order in which they are shown."""
        video = find_picture(self.container, self.clip.name)
        video.thread_type = "AUTO"
        last: int | None = None
        for packet in self._demux():
            if packet.stream.index != video.index:
                self._packets.append(packet)
                continue
            for frame in self._decode(packet):
                last = frame.pts = self._timestamp(frame, last)
                yield frame

    def carry(self, sink: Sink) -> None:
        """Write what has been read of the other streams; frames are taken in another thread."""
        while self._packets:
            sink.carry(self._packets.popleft())

    def warnings(self) -> tuple[str, ...]:
        """Tell what was not as it should be."""
        warnings = []
        if self.damaged:
            warnings.append(f"{self.damaged} packets of the picture were damaged and passed over")
        told = self.container.duration
        if told and Fraction(told, av.time_base) - self._end > CUT_SHORT_S:
            warnings.append(
                f"It ended after {float(self._end):.1f} s of the {told / av.time_base:.1f} s that "
                "it says it lasts"
            )
        return tuple(warnings)

    def _demux(self) -> Iterator[av.Packet[Any]]:
        try:
            for packet in self.container.demux():
                if packet.pts is not None and packet.time_base:
                    self._end = max(
                        self._end, (packet.pts + (packet.duration or 0)) * packet.time_base
                    )
                yield packet
        except (av.FFmpegError, OSError) as error:
            self.broken = error.strerror or str(error)

    def _decode(self, packet: av.Packet[Any]) -> list[av.VideoFrame]:
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
        except av.InvalidDataError:
            self.damaged += 1
            return []

    def _timestamp(self, frame: av.VideoFrame, last: int | None) -> int:
        """Return when a frame is shown; raw video does not say, it comes at its rate."""
        if frame.pts is not None:
            return frame.pts
        return 0 if last is None else last + self.clip.step
