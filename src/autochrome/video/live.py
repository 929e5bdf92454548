"""A live film: colored as it comes, and what cannot be kept up with is dropped.

A thread reads and decodes, so that the source never waits. Of the frames that wait for their
color there are a few at most: where more come, the oldest go, since the newest matter.
"""

from __future__ import annotations

import logging
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import av
import numpy as np
from av.container import InputContainer

from autochrome.interrupt import stopped_by_signals
from autochrome.pipeline import Colorizer
from autochrome.video.container import addresses
from autochrome.video.container.addresses import open_source
from autochrome.video.container.encoder import choose_format
from autochrome.video.container.sink import Sink, open_sink
from autochrome.video.container.source import Clip, describe, find_picture
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.picture.check import look_at_picture
from autochrome.video.result import LiveReport, VideoResult
from autochrome.video.retouch.hints import check_hints, unused_hints
from autochrome.video.steady.scene import INTERVAL

T = TypeVar("T")

logger = logging.getLogger(__name__)

WAITING = INTERVAL  # decoded frames that wait, at most: those that come while the network looks
_PACKETS = 4096  # of sound that wait for the frames beside them, at most


def colorize_live(
    source: str,
    destination: str,
    options: VideoOptions,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
) -> VideoResult:
    """Color a live film until it ends, its source is silent, or somebody presses Ctrl-C.

    A key frame is colored as soon as it has come, the frames between two key frames once the second
    has: a frame waits for at most four that come after it, 160 ms at 25 frames a second,
    and for the time that computing takes.

    Parameters
    ----------
    source : a live address, see `open_source`.
    destination : a file, "-" or an address, see `open_sink`.
    options, colorizer, overwrite : see `colorize_video`.

    Raises
    ------
    UnreadableVideoError
        If nothing comes that could be colored.
    UsageError
        If a hint lies outside the picture.
    OutputError
        If the destination cannot be written, or nobody reads it any more.
    """
    count = scenes = 0
    with open_source(source) as container:
        clip = describe(container, source)
        reader = Reader(container, clip)
        clock = _Clock(reader)
        reader.start()
        try:
            clip, frames = look_at_picture(clip, clock.frames())
            check_hints(options.hints, clip)
            with (
                open_sink(destination, options, live=True, overwrite=overwrite) as sink,
                stopped_by_signals(reader.stop),
            ):
                sink.add_video(clip, options, live=True)
                left_out = sink.copy_streams(container, covers={})
                pix_fmt = choose_format(clip, options)
                for frame, scene, _ in color_frames(
                    colorizer, frames, clip, pix_fmt, options, look_ahead=0, depth=0
                ):
                    count, scenes = count + 1, scene + 1
                    clock.tick(sink.encode(frame))
                    reader.carry(sink)
                clock.tick(sink.encode(None))
                reader.carry(sink)
        finally:
            reader.stop()
            reader.wait()
    report = clock.report()
    logger.info("%s: %s", source, report)
    warnings = left_out + sink.warnings() + unused_hints(options.hints, scenes)
    warnings += (reader.end,) if reader.end else ()
    return VideoResult(source, destination, count, scenes, warnings=warnings, live=report)


class NewestFirst(Generic[T]):
    """A queue that never makes the one who fills it wait: where it is full, the oldest go.

    Parameters
    ----------
    bound : how many items wait at most.
    """

    def __init__(self, bound: int) -> None:
        self._items: deque[T] = deque()
        self._bound = bound
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0

    def put(self, item: T) -> None:
        """Add an item; drop the oldest if there are too many."""
        with self._changed:
            self._items.append(item)
            if len(self._items) > self._bound:
                self._items.popleft()
                self.dropped += 1
            self._changed.notify()

    def close(self) -> None:
        """Say that no more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        """Take items, the oldest first, until the queue is closed and empty."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                if not self._items:
                    return
                item = self._items.popleft()
            yield item


class Reader:
    """Reads and decodes a live source in a thread of its own.

    Parameters
    ----------
    container, clip : what to read.

    Attributes
    ----------
    frames : decoded, each with the time at which it came (of `time.monotonic`).
    packets : of the other streams.
    received, damaged : how many frames came, and how many packets could not be decoded.
    end : why it ended, unless it was stopped.
    """

    def __init__(self, container: InputContainer, clip: Clip) -> None:
        self._container = container
        self._clip = clip
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live reader", daemon=True)
        self.frames: NewestFirst[tuple[av.VideoFrame, float]] = NewestFirst(WAITING)
        self.packets: deque[av.Packet[Any]] = deque(maxlen=_PACKETS)
        self.received = self.damaged = 0
        self.end = ""
        self._last = -(2**63)  # timestamp

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no further; what waits already may still be colored."""
        self._stopped.set()
        self.frames.close()

    def wait(self) -> None:
        """Wait until the thread has ended: a packet is waited for `addresses.SILENCE_S` at most."""
        if self._thread.ident is not None:
            self._thread.join()

    def carry(self, sink: Sink) -> None:
        """Write what has come of the other streams; not in the thread that reads."""
        while self.packets:
            sink.carry(self.packets.popleft())

    def _run(self) -> None:
        video = find_picture(self._container, self._clip.name)
        video.thread_type = "SLICE"  # threads that have a frame each would hold some back
        try:
            for packet in self._container.demux():
                if self._stopped.is_set():
                    return
                if packet.stream.index == video.index:
                    self._take(packet)
                else:
                    self.packets.append(packet)
        except av.error.ExitError:  # what PyAV calls its time-out
            self._ended(f"sent nothing for {addresses.SILENCE_S:g} s")
            self._take(None)
        except (av.FFmpegError, OSError) as error:
            self._ended(f"broke off ({error.strerror or error})")
            self._take(None)
        finally:
            self.frames.close()

    def _ended(self, reason: str) -> None:
        if not self._stopped.is_set():
            self.end = f"{self._clip.name} {reason}: the film ends there"

    def _take(self, packet: av.Packet[Any] | None) -> None:
        """Decode a packet, or with None what the decoder still holds."""
        arrived = time.monotonic()
        try:
            frames = find_picture(self._container, self._clip.name).decode(packet)
        except (av.InvalidDataError, EOFError):  # packets get lost on their way
            self.damaged += packet is not None
            return
        for frame in frames:
            if (frame.width, frame.height) != (self._clip.width, self._clip.height):
                self._ended(f"changed its size to {frame.width} x {frame.height}")
                self._stopped.set()
                return
            if frame.pts is None or frame.pts <= self._last:  # it would come before the last
                self.damaged += 1
                continue
            self._last = frame.pts
            self.received += 1
            self.frames.put((frame, arrived))


class _Clock:
    """Takes frames from a reader, and measures how long each is on its way.

    Frames leave in the order in which they come, each as one packet.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._arrivals: deque[float] = deque()
        self._latencies = array("f")
        self._most_waiting = 0

    def frames(self) -> Iterator[av.VideoFrame]:
        for frame, arrived in self._reader.frames:
            self._arrivals.append(arrived)
            self._most_waiting = max(self._most_waiting, len(self._arrivals))
            yield frame

    def tick(self, count: int) -> None:
        """Take note that so many more frames have left."""
        now = time.monotonic()
        for _ in range(count):
            self._latencies.append(now - self._arrivals.popleft())

    def report(self) -> LiveReport:
        latencies = np.asarray(self._latencies) if self._latencies else np.zeros(1)
        median, most, longest = (float(q) for q in np.percentile(latencies, [50, 95, 100]))
        reader = self._reader
        return LiveReport(
            reader.received,
            reader.frames.dropped,
            reader.damaged,
            self._most_waiting,
            (median, most, longest),
        )
