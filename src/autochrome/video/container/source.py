"""A clip to read: its picture, and what is known of it before the first frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from autochrome.errors import UnreadableVideoError, UsageError
from autochrome.video.container.addresses import advice_on_pipe
from autochrome.video.container.excerpt import parse_time
from autochrome.video.picture.tags import ColorTags, read_tags
from autochrome.video.picture.turn import Turn

_PLAYS = "Check that a player shows it; copy it again if it may be cut short"
CUT_SHORT_S = 1.0  # seconds that may be missing at the end before it is told
_MAX_FAILURES = 1000  # of reading, before the rest of a film is given up


@dataclass(frozen=True)
class Clip:
    """The video stream of an input.

    Parameters
    ----------
    name : for messages.
    width, height : as frames are stored; as they are upright, once `look_at_picture` has looked.
    pix_fmt : their format, by FFmpeg's name.
    tags : of its color.
    time_base : seconds a tick of its timestamps.
    rate : frames a second, as far as the container knows; frames may come unevenly.
    sample_aspect_ratio : width of a pixel by its height.
    seconds : how long the film is by its header; None if that does not tell.
    picture_seconds : how long the video stream is by its header, likewise.
    start_seconds : when it begins.
    interlaced : whether frames are of two fields each, from two moments.
    bottom_first : whether the field of the odd lines is the earlier one.
    turn : how its frames are turned to stand upright, once `look_at_picture` has looked.
    """

    name: str
    width: int
    height: int
    pix_fmt: str
    tags: ColorTags
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None
    seconds: float | None = None
    picture_seconds: float | None = None
    start_seconds: float = 0.0
    interlaced: bool = False
    bottom_first: bool = False
    turn: Turn | None = None

    @property
    def frames(self) -> int | None:
        """About how many frames there are."""
        seconds = self.picture_seconds or self.seconds
        return round(seconds * self.rate) if seconds and self.rate else None

    @property
    def step(self) -> int:
        """Ticks from one frame to the next, if frames come evenly; at least 1."""
        return max(1, round(1 / ((self.rate or 25) * self.time_base)))


def open_input(path: Path) -> InputContainer:
    """Open a clip.

    Raises
    ------
    UnreadableVideoError
        If it is missing, or nothing that FFmpeg reads as a film.
    """
    if path.is_dir():
        raise UnreadableVideoError(f"{path} is a folder", "Give one film")
    try:
        # What a file says of itself may be in any encoding.
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        if not path.exists():
            raise UnreadableVideoError(f"There is no {path}") from error
        if path.stat().st_size == 0:
            raise UnreadableVideoError(f"{path} is empty", "Copy it again") from error
        raise UnreadableVideoError(
            f"Cannot read {path}: {error.strerror or error}", _PLAYS
        ) from error
    if container.format.name == "tty":  # FFmpeg draws any text as a picture
        container.close()
        raise UnreadableVideoError(f"{path} is a text, not a film")
    return container


def find_picture(container: InputContainer, name: str) -> VideoStream:
    """Find the stream that is the film: not a cover, nor a second angle.

    Raises
    ------
    UnreadableVideoError
        If there is none.
    """
    streams = moving_streams(container)
    if not streams:
        raise UnreadableVideoError(f"{name} has no moving picture", "Give a file with a film in it")
    best = container.streams.best("video")
    return next((stream for stream in streams if stream is best), streams[0])


def moving_streams(container: InputContainer) -> list[VideoStream]:
    """List the video streams that are not covers or other pictures attached to the film."""
    still = Disposition.attached_pic
    return [stream for stream in container.streams.video if not stream.disposition & still]


def describe(container: InputContainer, name: str) -> Clip:
    """Find the video stream and tell what is known of it.

    Raises
    ------
    UnreadableVideoError
        If there is none, or FFmpeg cannot decode it.
    """
    stream = find_picture(container, name)
    context = stream.codec_context
    if context is None or not context.width or stream.time_base is None:
        advice = advice_on_pipe(name) or _PLAYS
        raise UnreadableVideoError(f"Cannot decode the picture of {name}", advice)
    seconds = container.duration / av.time_base if container.duration else None
    return Clip(
        name=name,
        width=context.width,
        height=context.height,
        pix_fmt=context.pix_fmt or "yuv420p",
        tags=read_tags(context),
        time_base=stream.time_base,
        rate=_rate(stream),
        sample_aspect_ratio=stream.sample_aspect_ratio,
        seconds=seconds,
        picture_seconds=_picture_seconds(stream, seconds),
        start_seconds=_start_seconds(stream),
    )


def _start_seconds(stream: VideoStream) -> float:
    assert stream.time_base is not None
    return float((stream.start_time or 0) * stream.time_base)


def _picture_seconds(stream: VideoStream, whole: float | None) -> float | None:
    """Return how long a video stream is by its header; Matroska has a tag that says when it ends.

    Parameters
    ----------
    whole : seconds of all of the film; what cuts one may leave the tag as it was.
    """
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    for key, text in stream.metadata.items():
        if key.partition("-")[0].upper() == "DURATION":  # a language may come after it
            with suppress(UsageError):
                end = parse_time(text)
                return max(0.0, min(end, whole or end) - _start_seconds(stream))
    return None


def _rate(stream: VideoStream) -> Fraction | None:
    """Return how many frames a second there are; raw DV seems to have one a tick."""
    average, guessed = stream.average_rate, stream.guessed_rate
    if average and guessed and stream.time_base and guessed < average == 1 / stream.time_base:
        return guessed
    return average or guessed


@dataclass
class Damage:
    """What was wrong with a film, counted while it is read.

    Parameters
    ----------
    packets : pieces of it that could not be read or decoded.
    first : time of the first of them, in seconds.
    unordered : frames that came no later than the one before.
    end : time at which the last frame ends, in seconds; 0 if none was read.
    """

    packets: int = 0
    first: float = 0.0
    unordered: int = 0
    end: float = 0.0

    def note(self) -> None:
        """Count one more piece that is damaged."""
        if not self.packets:
            self.first = self.end
        self.packets += 1

    def warnings(self, clip: Clip, *, is_whole: bool = True) -> list[str]:
        """Tell it to a person; of a film that was not meant to be read whole, not how it ends."""
        told = []
        if self.packets:
            told.append(
                f"{clip.name} is damaged in {self.packets} places, the first one after"
                f" {self.first:.2f} s: what could not be decoded is missing"
            )
        if self.unordered:
            told.append(
                f"{self.unordered} frames of {clip.name} have a time that is not after that of"
                " the frame before: they are left out"
            )
        if (
            is_whole
            and self.end
            and clip.picture_seconds
            and self.end < clip.picture_seconds - CUT_SHORT_S
        ):
            told.append(
                f"{clip.name} is cut short: it should last {clip.picture_seconds:.1f} s,"
                f" {self.end:.1f} s could be read"
            )
        return told


def read_frames(
    container: InputContainer, damage: Damage | None = None, start: int | None = None
) -> Iterator[av.VideoFrame]:
    """Decode the frames of the video stream, in the order in which they are shown.

    What is damaged is left out and counted. Every frame has a time, later than that of the
    frame before.

    Parameters
    ----------
    damage : counts.
    start : a time in ticks near which to look for the first frame; those before are missing. Of a
        container in which one cannot seek, as a raw stream, nothing comes then.
    """
    damage = damage or Damage()
    stream = find_picture(container, container.name)
    stream.thread_type = "AUTO"
    clip = describe(container, container.name)
    if start is not None and not _is_without_times(container):
        try:
            container.seek(start, stream=stream)
        except av.FFmpegError:
            return
    yield from decode_packets(container, read_packets(container, [stream], damage), clip, damage)


def decode_packets(
    container: InputContainer, packets: Iterable[Packet[Any]], clip: Clip, damage: Damage
) -> Iterator[av.VideoFrame]:
    """Decode packets of the video stream of a container; see `read_frames`.

    Parameters
    ----------
    container : that the packets are from.
    packets : in the order in which they are decoded.
    clip : as `describe` tells of it.
    damage : counts.
    """
    last: int | None = None
    for frame in _decode(container, packets, damage):
        pts = _time_of(frame, last, clip.step)
        if last is not None and pts <= last:
            damage.unordered += 1
            continue
        frame.pts = last = pts
        frame.time_base = clip.time_base
        end = float((pts + (frame.duration or clip.step)) * clip.time_base)
        damage.end = end - clip.start_seconds
        yield frame


def _time_of(frame: av.VideoFrame, last: int | None, step: int) -> int:
    """Return a frame's time; some containers have none, or only that of decoding."""
    if frame.pts is not None:
        return frame.pts
    if frame.dts is not None and (last is None or frame.dts > last):
        return frame.dts
    return 0 if last is None else last + step


def _decode(
    container: InputContainer, packets: Iterable[Packet[Any]], damage: Damage
) -> Iterator[av.VideoFrame]:
    times: deque[int] | None = deque() if _is_without_times(container) else None
    for packet in packets:
        if times is not None and packet.size and packet.dts is not None:
            times.append(packet.dts)
        try:
            frames = packet.decode()
        except av.FFmpegError:
            damage.note()
            continue
        for frame in frames:
            if frame.is_corrupt:
                damage.note()
            if times:
                frame.pts = times.popleft()
            yield frame


def _is_without_times(container: InputContainer) -> bool:
    """Tell whether a container knows in which order frames are decoded, not when they are shown.

    Then the first frame that is shown has the time of the first one that is decoded, and so on.
    """
    return container.format.name == "avi"


def read_packets(
    container: InputContainer, streams: Sequence[Stream], damage: Damage
) -> Iterator[Packet[Stream]]:
    """Read the packets of streams, the last of each being empty; what is damaged is passed over."""
    for _ in range(_MAX_FAILURES):
        try:
            yield from container.demux(*streams)
            return
        except av.FFmpegError:
            damage.note()
    for stream in streams:  # enough: what has been read is decoded to its end
        end: Packet[Stream] = Packet()
        end.stream = stream
        yield end
