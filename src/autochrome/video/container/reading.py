"""A film that is read once, from its beginning to its end, however it may end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from autochrome.video.container.covers import is_cover
from autochrome.video.container.sink import Sink
from autochrome.video.container.source import (
    CUT_SHORT_S,
    Clip,
    Damage,
    decode_packets,
    find_picture,
)


@dataclass
class Reading:
    """Reads a film once: its picture is decoded, the rest is kept as it is.

    Parameters
    ----------
    container, clip : to read.
    broken : why it ended before its end.
    damage : what of its picture could not be shown.
    """

    container: InputContainer
    clip: Clip
    broken: str = ""
    damage: Damage = field(default_factory=Damage)
    _end: Fraction = Fraction(0)
    _packets: deque[av.Packet[Any]] = field(default_factory=deque)

    def frames(self) -> Iterator[av.VideoFrame]:
        """Decode the frames in the order in which they are shown."""
        video = find_picture(self.container, self.clip.name)
        video.thread_type = "AUTO"
        packets = self._picture_packets(video.index)
        return decode_packets(self.container, packets, self.clip, self.damage)

    def carry(self, sink: Sink) -> None:
        """Write what has been read of the other streams; frames are taken in another thread."""
        while self._packets:
            sink.carry(self._packets.popleft())

    def covers(self) -> dict[int, bytes]:
        """Return the covers, once the first frame has been taken: they come before it."""
        return {
            packet.stream_index: bytes(packet)
            for packet in self._packets
            if packet.size and is_cover(packet.stream)
        }

    def warnings(self) -> tuple[str, ...]:
        """Tell what was not as it should be."""
        warnings = self.damage.warnings(self.clip, is_whole=False)
        told = self.container.duration
        if told and Fraction(told, av.time_base) - self._end > CUT_SHORT_S:
            warnings.append(
                f"It ended after {float(self._end):.1f} s of the {told / av.time_base:.1f} s that "
                "it says it lasts"
            )
        return tuple(warnings)

    def _picture_packets(self, index: int) -> Iterator[av.Packet[Any]]:
        """Read the packets of the picture, and lay the others aside for `carry`."""
        for packet in self._demux():
            if packet.stream.index == index:
                yield packet
            else:
                self._packets.append(packet)

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
