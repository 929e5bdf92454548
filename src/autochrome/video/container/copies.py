"""What a film has besides its picture: sound, subtitles, chapters, covers, fonts, names.

It is copied as it is. What the new container cannot hold is put into another form where nothing is
lost by that, refused before any work where a person would miss it, or left out with a warning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from autochrome.errors import UsageError
from autochrome.video.container.covers import attach_cover, is_cover

_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder"}
_OF_THE_ENCODING = re.compile(r"encoder|BPS|DURATION|NUMBER_OF_\w+|_STATISTICS_\w+", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")
_ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

Convert = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Copy:
    """A stream of the output that gets the packets of one of the input.

    Parameters
    ----------
    target : of the output.
    convert : brings the content of a packet to another form; an empty one is left out.
    """

    target: Stream
    convert: Convert | None = None

    def packet(self, packet: Packet[Stream]) -> Packet[Stream] | None:
        """Make the packet to write."""
        if self.convert is None:
            packet.stream = self.target
            return packet
        content = self.convert(bytes(packet))
        if not content:
            return None
        made: Packet[Stream] = Packet(content)
        made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
        made.time_base = packet.time_base
        made.is_keyframe = True
        made.stream = self.target
        return made


@dataclass
class Order:
    """Tells which packets of the streams that are copied come in the order of decoding.

    Two may have the same time, as those of TrueHD have in Matroska, but not where packets come
    again, as in a film that was appended to itself: MP4 takes none of them.

    Parameters
    ----------
    last : time of the last packet that was taken, in ticks, by the index of its stream.
    """

    last: dict[int, int] = field(default_factory=dict)
    _behind: set[int] = field(default_factory=set)

    def takes(self, packet: Packet[Any]) -> bool:
        """Take note of a packet that has a time; False if it comes too late."""
        index = packet.stream_index
        assert packet.dts is not None
        last = self.last.get(index, packet.dts)
        if packet.dts < last or (packet.dts == last and index in self._behind):
            self._behind.add(index)
            return False
        self._behind.discard(index)
        self.last[index] = packet.dts
        return True


def copy_names(film: InputContainer, output: OutputContainer) -> None:
    """Copy the chapters, and what the file says of itself."""
    kept = {key: text for key, text in film.metadata.items() if key.lower() not in _OF_THE_FILE}
    output.metadata.update(kept)
    output.set_chapters(film.chapters())


def copy_picture_names(source: Stream, target: Stream) -> None:
    """Copy what is said of the picture, apart from how it was encoded."""
    kept = {
        key: text
        for key, text in source.metadata.items()
        if not _OF_THE_ENCODING.fullmatch(key.partition("-")[0])
    }
    target.metadata.update(kept)
    target.disposition = source.disposition


def copy_stream(
    source: Stream, output: OutputContainer, covers: Mapping[int, bytes], warnings: list[str]
) -> Copy | None:
    """Add a stream that holds what another one does; None if no packets go there.

    Parameters
    ----------
    source : to copy.
    output : not begun yet.
    covers : of the film, by the index of their streams.
    warnings : gets what has to be left out.

    Raises
    ------
    UsageError
        If sound or subtitles cannot be in this container.
    """
    if is_cover(source):
        return _copy_cover(source, output, covers, warnings)
    if source.type == "video":
        warnings.append("Only one moving picture is colored: another one is left out")
        return None
    if source.type == "attachment" and output.format.name != "matroska":
        name = source.metadata.get("filename", "a file")
        warnings.append(f"{name}, attached to the film, is left out: only .mkv can hold it")
        return None
    if source.type == "data":
        _leave_out_data(source, output, warnings)
        return None
    try:
        return _add(source, output)
    except ValueError as error:
        raise cannot_hold(_suffix(output), [source]) from error


def cannot_hold(suffix: str, streams: Sequence[Stream]) -> UsageError:
    """Tell of sound or subtitles that a kind of file cannot hold, and what to do.

    Parameters
    ----------
    suffix : of the file.
    streams : of one kind, at least one.
    """
    kind, codecs = _kind(streams[0]), [_codec(stream) for stream in streams]
    if suffix != ".mkv" and _matroska_holds(codecs):
        advice = "Give the output a name that ends in .mkv, which can hold nearly everything"
    elif kind == "subtitles":
        advice = "Leave them out first: ffmpeg -i IN -c copy -sn OUT.mkv"
    else:
        advice = "Put it into another form first: ffmpeg -i IN -c:v copy -c:a flac OUT.mkv"
    return UsageError(
        f"A {suffix} file cannot hold the {kind} ({', '.join(codecs)}) of this film", advice
    )


def _matroska_holds(codecs: Sequence[str]) -> bool:
    with av.open(os.devnull, "w", format="matroska") as container:
        return container.supported_codecs.issuperset(codecs)


def not_kept(what: str, place: str) -> str:
    """Warn of something in a film that the place it goes to cannot hold."""
    return f"Not kept, {place} has no place for it: {what}"


def content_of(stream: Stream) -> str:
    """Name what is in a stream, for a warning."""
    context = cast("Any", stream.codec_context)
    return f"{stream.type} ({context.codec.name})" if context is not None else stream.type


def _copy_cover(
    source: Stream, output: OutputContainer, covers: Mapping[int, bytes], warnings: list[str]
) -> Copy | None:
    """Attach a cover to a film in Matroska, add a stream for it to others; see `copy_stream`."""
    reason = f"a {_suffix(output)} file cannot hold it"
    if output.format.name == "matroska":
        if picture := covers.get(source.index):
            attach_cover(source, picture, output)
            return None
        reason = "it could not be read"
    elif output.format.name != "mov":  # that would take it and not write it
        with suppress(ValueError):
            return _add(source, output)
    warnings.append(f"The cover ({_codec(source)}) is left out: {reason}")
    return None


def _leave_out_data(source: Stream, output: OutputContainer, warnings: list[str]) -> None:
    """Tell of a stream of data, unless the new file has what is in it in another place."""
    if "timecode" in source.metadata:
        output.metadata.setdefault("timecode", source.metadata["timecode"])
    elif source.discard != Discard.all:  # as FFmpeg marks the stream of chapters of an MP4
        warnings.append(f"A stream of data ({source.name or 'of an unknown kind'}) is left out")


def _add(source: Stream, output: OutputContainer) -> Copy:
    """Add a stream with its names; raises ValueError if it cannot be in this container."""
    copy = _add_stream(source, output)
    if copy.target.type != "attachment":  # that has got its own already
        copy.target.metadata.update(source.metadata)
        copy.target.disposition = source.disposition
    return copy


def _add_stream(source: Stream, output: OutputContainer) -> Copy:
    try:
        target = output.add_stream_from_template(source, opaque=True)
        return Copy(target, _without_gaps if _codec(source) == "mov_text" else None)
    except ValueError:
        if source.type != "subtitle" or _codec(source) not in ("subrip", "srt", "mov_text"):
            raise
    if _codec(source) == "mov_text":
        text = output.add_mux_stream("subrip", time_base=source.time_base)
        return Copy(text, _text_of_mov)
    made = output.add_stream("mov_text")
    made.codec_context.subtitle_header = _ASS_HEADER
    made.time_base = source.time_base
    return Copy(made, _mov_text)


def _without_gaps(packet: bytes) -> bytes:
    """Leave out empty packets of 3GPP timed text: they are made anew where no text is shown."""
    return b"" if packet[:2] == b"\0\0" else packet


def _text_of_mov(packet: bytes) -> bytes:
    """Take the text out of a packet of 3GPP timed text; styles come after it."""
    return packet[2 : 2 + int.from_bytes(packet[:2], "big")]


def _mov_text(packet: bytes) -> bytes:
    """Make a packet of 3GPP timed text of SubRip's; what that has of styles is left out."""
    text = _MARKUP.sub("", packet.decode("utf-8", "replace")).strip().encode()
    return len(text).to_bytes(2, "big") + text if text else b""


def _kind(source: Stream) -> str:
    return {"audio": "sound", "subtitle": "subtitles"}.get(source.type, "content")


def _suffix(output: OutputContainer) -> str:
    return Path(output.name).suffix.lower() or output.format.name


def _codec(source: Stream) -> str:
    context = cast("Any", source.codec_context)
    return context.codec.name if context is not None else (source.name or "unknown")
