"""A film in one pass: what comes through a pipe is read once, and what goes out stays as it is.

Color is settled some frames late, sound is not. Meanwhile libavformat holds packets of sound back:
a second or two of them, whatever the length of the film.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from autochrome.errors import UnreadableVideoError
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.video.addresses import is_live, open_source
from autochrome.video.encoder import choose_format
from autochrome.video.frames import color_frames
from autochrome.video.live import colorize_live
from autochrome.video.options import VideoOptions
from autochrome.video.result import VideoResult
from autochrome.video.sink import Sink, open_sink
from autochrome.video.source import Clip, describe

_SHORT_S = 1.0  # of what a film says it lasts, from which on it is told of


def colorize_stream(
    source: str,
    destination: str,
    options: VideoOptions,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> VideoResult:
    """Color a film that is read or written once, from its beginning to its end.

    Parameters
    ----------
    source, destination : of which one at least is no file; see `open_source` and `open_sink`.
    options, colorizer, overwrite, progress : see `colorize_video`.

    Raises
    ------
    UnreadableVideoError
        If nothing that can be read comes, or it breaks off. What came before has gone to a pipe;
        a file is not written.
    OutputError
        If the destination cannot be written, or nobody reads it any more.
    """
    if is_live(source):
        return colorize_live(source, destination, options, colorizer, overwrite=overwrite)
    count = scenes = 0
    with (
        open_source(source) as container,
        open_sink(destination, options, overwrite=overwrite) as sink,
    ):
        clip = describe(container, source)
        sink.add_video(clip, options)
        left_out = sink.copy_streams(container)
        reading = _Reading(container, clip, sink)
        frames = progress(reading.frames(), total=None, description="Coloring")
        for frame, scene, _ in color_frames(
            colorizer, frames, clip, choose_format(clip, options), options
        ):
            count, scenes = count + 1, scene + 1
            sink.encode(frame)
        if not count:
            raise UnreadableVideoError(f"{source} has no frame that can be read", reading.broken)
        sink.encode(None)
        if reading.broken:
            sink.close()
            raise UnreadableVideoError(
                f"{source} breaks off after {count} frames ({reading.broken})",
                "Copy or send it again",
            )
        warnings = left_out + reading.warnings()
    return VideoResult(source, destination, count, scenes, warnings)


@dataclass
class _Reading:
    """Reads a film once: its picture is decoded, the rest goes to the sink as it is.

    Parameters
    ----------
    container, clip : to read.
    sink : where the other streams go.
    broken : why it ended before its end.
    damaged : packets that could not be decoded.
    """

    container: InputContainer
    clip: Clip
    sink: Sink
    broken: str = ""
    damaged: int = 0
    _end: Fraction = Fraction(0)

    def frames(self) -> Iterator[av.VideoFrame]:
        """Decode the frames in the order in which they are shown."""
        video = self.container.streams.video[0]
        video.thread_type = "AUTO"
        last: int | None = None
        for packet in self._packets():
            if packet.stream.index != video.index:
                self.sink.carry(packet)
                continue
            for frame in self._decode(packet):
                last = frame.pts = self._timestamp(frame, last)
                yield frame

    def warnings(self) -> tuple[str, ...]:
        """Tell what was not as it should be."""
        warnings = []
        if self.damaged:
            warnings.append(f"{self.damaged} packets of the picture were damaged and passed over")
        told = self.container.duration
        if told and Fraction(told, av.time_base) - self._end > _SHORT_S:
            warnings.append(
                f"It ended after {float(self._end):.1f} s of the {told / av.time_base:.1f} s that "
                "it says it lasts"
            )
        return tuple(warnings)

    def _packets(self) -> Iterator[av.Packet[Any]]:
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
        step = round(1 / ((self.clip.rate or Fraction(25)) * self.clip.time_base))
        return 0 if last is None else last + step
