"""A colored film in parts: each is encoded by itself, and they are joined without decoding.

Times in a part are relative to its first frame. Of a packet only its time of showing is kept there;
those of decoding are made anew when parts are joined, so that they rise over all of the film.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream

from autochrome.atomic import discard
from autochrome.errors import OutputError
from autochrome.video.container.encoder import add_video_stream
from autochrome.video.container.source import Clip
from autochrome.video.options import VideoOptions


@dataclass(frozen=True)
class Segment:
    """A part of a film, encoded.

    Parameters
    ----------
    file : its name.
    first, last : times of its first and its last frame, in ticks of the clip.
    duration : of the last frame, in ticks.
    frames : how many there are.
    scene : of the last frame.
    delay : by how many packets decoding must run ahead of showing.
    parameters : extradata of the encoder, in hexadecimal digits: equal in all parts.
    """

    file: str
    first: int
    last: int
    duration: int
    frames: int
    scene: int
    delay: int
    parameters: str

    @property
    def end(self) -> int:
        """When its last frame ends, in ticks."""
        return self.last + self.duration


class SegmentWriter:
    """Encodes the frames of one part.

    Parameters
    ----------
    path : of the file, which is written whole at `close` only.
    clip, options : how to encode.
    """

    def __init__(self, path: Path, clip: Clip, options: VideoOptions) -> None:
        self._path = path
        self._clip = clip
        self._container = _open_exact(path)
        self._stream = add_video_stream(self._container, clip, options)
        self._packets: list[int] = []  # times of showing, in the order of decoding
        self.first: int | None = None
        self._last = self._duration = self._scene = self.frames = 0

    @property
    def seconds(self) -> float:
        """How long it is so far."""
        first = self._last if self.first is None else self.first
        return float((self._last - first) * self._clip.time_base)

    def write(self, frame: av.VideoFrame, scene: int) -> None:
        """Encode a frame."""
        assert frame.pts is not None
        if self.first is None:
            self.first = frame.pts
        self._last, self._scene = frame.pts, scene
        self._duration = frame.duration or self._clip.step
        self.frames += 1
        frame.pts -= self.first
        frame.pict_type = PictureType.NONE
        self._mux(self._stream.encode(frame))

    def close(self) -> Segment:
        """Finish the file and bring it to the disk."""
        assert self.first is not None
        self._mux(self._stream.encode(None))
        parameters = (self._stream.codec_context.extradata or b"").hex()
        self._container.close()
        with self._path.open("rb+") as file:
            os.fsync(file.fileno())
        return Segment(
            self._path.name,
            self.first,
            self._last,
            self._duration,
            self.frames,
            self._scene,
            reordering(self._packets),
            parameters,
        )

    def abandon(self) -> None:
        """Give the file up, and remove it."""
        with suppress(OSError, av.FFmpegError):
            self._container.close()
        discard(self._path)

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            assert packet.pts is not None
            self._packets.append(packet.pts)
            if packet.dts is not None and packet.dts > packet.pts:
                # x265 says now and then that a single frame is decoded at the end of time.
                packet.dts = packet.pts
            self._container.mux(packet)


def _open_exact(path: Path) -> OutputContainer:
    # Times of decoding may be negative; nothing is moved for that.
    return av.open(str(path), "w", container_options={"avoid_negative_ts": "disabled"})


def reordering(times: Sequence[int]) -> int:
    """Return by how many packets decoding must run ahead of showing.

    Parameters
    ----------
    times : of showing, in the order of decoding.
    """
    ranks = {time: rank for rank, time in enumerate(sorted(times))}
    return max((index - ranks[time] for index, time in enumerate(times)), default=0)


def join_packets(
    folder: Path, segments: Sequence[Segment], clip: Clip
) -> Iterator[Packet[VideoStream]]:
    """Read the packets of all parts, with times in ticks of the clip that rise over their joins.

    Raises
    ------
    OutputError
        If a part is not what it was when it was written.
    """
    delay = max(segment.delay for segment in segments)
    start, end = segments[0].first, segments[-1].end
    waiting = [start - clip.step * ahead for ahead in range(delay, 0, -1)]
    heapq.heapify(waiting)
    for segment in segments:
        read = 0
        for packet in _read_packets(folder / segment.file, segment.first, clip.time_base):
            assert packet.pts is not None
            # In order of decoding the n-th time of decoding is the n-th time of showing, earlier by
            # the delay: the least of those that wait.
            packet.dts = heapq.heappushpop(waiting, packet.pts)
            packet.duration = min(clip.step, end - packet.pts)
            if packet.pts == segments[-1].last:
                packet.duration = segments[-1].duration
            read += 1
            yield packet
        if read != segment.frames:
            raise OutputError(
                f"{folder / segment.file} has {read} frames, not {segment.frames}",
                "Remove the folder and run this again",
            )


def _read_packets(path: Path, first: int, time_base: Fraction) -> Iterator[Packet[VideoStream]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            if packet.pts is None:  # the empty one at the end
                continue
            ticks = packet.pts * packet.time_base / time_base
            assert ticks.denominator == 1
            packet.time_base = time_base
            packet.pts = first + ticks.numerator
            yield packet
