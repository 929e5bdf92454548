"""The finished film: its parts joined, and with them all that the input has besides its picture."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from autochrome.atomic import discard, temporary_beside
from autochrome.errors import OutputError
from autochrome.video.container.copies import (
    Copy,
    Order,
    cannot_hold,
    copy_names,
    copy_picture_names,
    copy_stream,
)
from autochrome.video.container.covers import is_cover, read_covers
from autochrome.video.container.encoder import add_video_stream
from autochrome.video.container.source import (
    CUT_SHORT_S,
    Clip,
    Damage,
    find_picture,
    open_input,
    read_packets,
)
from autochrome.video.options import VideoOptions
from autochrome.video.parts.segments import Segment, join_packets

_TIMED = ("video", "audio", "subtitle")  # streams that have packets
_FINE = 10_000  # parts of a second


@dataclass(eq=False)
class _Output:
    """A film that is being written: its picture, and its copies by the index of their source."""

    container: OutputContainer
    picture: VideoStream
    copies: dict[int, Copy] = field(default_factory=dict)


def check_container(source: Path, destination: Path, clip: Clip, options: VideoOptions) -> None:
    """Try whether the output can hold all that the input has, before any work.

    Raises
    ------
    UsageError
        If it cannot.
    OSError, av.FFmpegError
        If it cannot be written at all.
    """
    temporary = temporary_beside(destination)
    try:
        with open_input(source) as film:
            try:
                _open(temporary, film, clip, options, []).container.close()
            except (av.error.ArgumentError, av.error.ExperimentalError) as error:
                # QuickTime and MP4 take some codecs, and refuse them when the header is written.
                if error.filename != str(temporary) or not film.streams.audio:
                    raise
                raise cannot_hold(destination.suffix.lower(), film.streams.audio) from error
    finally:
        discard(temporary)


def mux_film(
    source: Path,
    folder: Path,
    segments: Sequence[Segment],
    path: Path,
    clip: Clip,
    options: VideoOptions,
    *,
    is_whole: bool = True,
) -> list[str]:
    """Join the parts of a film, and copy the rest.

    Parameters
    ----------
    source : the input.
    folder, segments : the parts, and where they are.
    path : where to write. It is there at once: give a temporary name.
    is_whole : whether these are all the parts. If not, the rest is copied up to where they end.

    Returns
    -------
    What a person should know.

    Raises
    ------
    OutputError
        If the parts are not what they were, or cannot be continued by the encoder that there is.
    OSError, av.FFmpegError
        If the output cannot be written.
    """
    warnings: list[str] = []
    damage = Damage()
    with open_input(source) as film:
        output = _open(path, film, clip, options, warnings)
        with output.container as container:
            _check_parameters(output.picture, segments[0], folder)
            start = segments[0].first * clip.time_base if options.excerpt else None
            end = segments[-1].end * clip.time_base if options.excerpt or not is_whole else None
            pictures = _pictures(folder, segments, clip, output, warnings)
            others = _others(film, output, start, end, damage)
            for packet in heapq.merge(pictures, others, key=_decoding_time):
                if start:
                    _move_back(packet, start)
                container.mux_one(packet)
    if is_whole and not options.excerpt:
        warnings += _cut_short(clip, segments, damage)
    if damage.packets:
        warnings.append(
            f"Sound or subtitles of {clip.name} are damaged in {damage.packets} places:"
            " what could not be read is missing"
        )
    return warnings


def _cut_short(clip: Clip, segments: Sequence[Segment], others: Damage) -> list[str]:
    """Tell of a film that ends early, if its header says how long it is, but not its picture.

    Sound or subtitles may be what is longest: it is short only if nothing goes on to the end.
    """
    if clip.picture_seconds or not clip.seconds:
        return []
    end = max(float(segments[-1].end * clip.time_base), others.end)
    if end >= clip.seconds - CUT_SHORT_S:
        return []
    return [
        f"{clip.name} is cut short: it should last {clip.seconds:.1f} s, {end:.1f} s could be read"
    ]


def _open(
    path: Path, film: InputContainer, clip: Clip, options: VideoOptions, warnings: list[str]
) -> _Output:
    """Begin a file: all streams in their order, and the header."""
    settings = {"avoid_negative_ts": "disabled"}  # sound may begin before zero: that can be kept
    if path.suffix.lower() != ".mkv":
        settings["movflags"] = "+faststart"  # a browser plays it while it loads
        settings["movie_timescale"] = str(_movie_timescale(clip))
    covers = read_covers(film)
    container = av.open(str(path), "w", container_options=settings)
    picture = find_picture(film, clip.name)
    copies: dict[int, Copy] = {}
    made: VideoStream | None = None
    try:
        copy_names(film, container)
        if options.excerpt:
            container.set_chapters([])
        for stream in film.streams:
            if stream is picture:
                made = add_video_stream(container, clip, options)
                copy_picture_names(stream, made)
            elif copy := copy_stream(stream, container, covers, warnings):
                copies[stream.index] = copy
        container.start_encoding()
    except BaseException:
        container.close()
        raise
    assert made is not None
    return _Output(container, made, copies)


def _movie_timescale(clip: Clip) -> int:
    """Return in which parts of a second MP4 counts how late a stream begins; else these are 1000.

    The clip's own keep its times exactly; where they are long, finer ones are as exact.
    """
    parts = clip.time_base.denominator
    return parts * -(-_FINE // parts)


def _check_parameters(picture: VideoStream, segment: Segment, folder: Path) -> None:
    if (picture.codec_context.extradata or b"").hex() != segment.parameters:
        raise OutputError(
            f"The parts in {folder} were made by another encoder than the one there is now",
            "Remove that folder and run this again",
        )


def _pictures(
    folder: Path, segments: Sequence[Segment], clip: Clip, output: _Output, warnings: list[str]
) -> Iterator[Packet[Any]]:
    """Read the parts; tell if the container cannot hold their times exactly."""
    assert output.picture.time_base is not None
    ticks = clip.time_base / output.picture.time_base
    is_rounded = False
    for packet in join_packets(folder, segments, clip):
        assert packet.pts is not None
        is_rounded = is_rounded or (packet.pts * ticks).denominator != 1
        packet.stream = output.picture
        yield packet
    if is_rounded:
        warnings.append(
            f"This container counts time in steps of {_step(output.picture.time_base)}: the times"
            " of frames are rounded to that; MP4 and QuickTime keep them exactly"
        )


def _step(time_base: Fraction) -> str:
    return f"{float(time_base * 1000):g} ms"


def _others(
    film: InputContainer,
    output: _Output,
    start: Fraction | None,
    end: Fraction | None,
    damage: Damage,
) -> Iterator[Packet[Any]]:
    """Read what is copied, from one time in seconds to another, or all of it."""
    order = Order()
    streams = [film.streams[index] for index in output.copies if film.streams[index].type in _TIMED]
    if not streams:
        return
    for packet in read_packets(film, streams, damage):
        index = packet.stream_index
        if not packet.size:  # the empty one at the end
            continue
        if packet.dts is None:
            packet.dts = order.last.get(index, 0) if packet.pts is None else packet.pts
        if packet.pts is None:
            packet.pts = packet.dts
        until = (packet.pts + (packet.duration or 0)) * packet.time_base
        damage.end = max(damage.end, float(until))
        if not order.takes(packet):
            damage.note()
            continue
        is_before = start is not None and packet.pts * packet.time_base < start
        if is_before and not is_cover(packet.stream):  # a cover has no time
            continue
        if end is not None and packet.pts * packet.time_base >= end:
            continue
        if copied := output.copies[index].packet(packet):
            yield copied


def _move_back(packet: Packet[Any], start: Fraction) -> None:
    """Let a packet come earlier, so that a piece of a film begins at its own start."""
    assert packet.pts is not None
    assert packet.dts is not None
    ticks = round(start / packet.time_base)
    packet.pts -= ticks
    packet.dts -= ticks


def _decoding_time(packet: Packet[Any]) -> Fraction:
    assert packet.dts is not None
    return packet.dts * packet.time_base
