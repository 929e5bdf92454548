"""Where a film goes in one pass: a file, a pipe, or an address of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream

from autochrome.atomic import atomic_path
from autochrome.errors import OutputError, UsageError
from autochrome.video.container.addresses import PIPE, is_pipe, scheme
from autochrome.video.container.containers import check_codec
from autochrome.video.container.copies import (
    Copy,
    Order,
    content_of,
    copy_names,
    copy_picture_names,
    copy_stream,
    not_kept,
)
from autochrome.video.container.covers import is_cover
from autochrome.video.container.encoder import add_video_stream
from autochrome.video.container.source import Clip, find_picture
from autochrome.video.options import VideoOptions

_FORMATS = {"udp": "mpegts", "rtp": "rtp_mpegts", "rtsp": "rtsp"}
_DATAGRAM = 7 * 188  # bytes: as many packets of MPEG-TS as go into one of a network

# Only Matroska takes frames out of order without shifting timestamps so that none is below 0.
_ORDERED = ("mp4", "mpegts", "rtp_mpegts", "rtsp")
_OF_MPEGTS = ("mpegts", "rtp_mpegts", "rtsp")
_IN_MPEGTS = frozenset({"aac", "ac3", "eac3", "mp2", "mp3", "opus", "dts", "truehd"})
_KEYFRAMES_S = 2  # from one to the next in a live stream: how long who joins it sees nothing


class Sink:
    """A film that is being written, each packet once, in one pass.

    Parameters
    ----------
    container : to be written to.
    name : for messages.
    """

    def __init__(self, container: OutputContainer, name: str) -> None:
        self._container = container
        self._name = name
        self._copies: dict[int, Copy] = {}
        self._order = Order()
        self._unordered = 0
        self._video: VideoStream | None = None

    def add_video(self, clip: Clip, options: VideoOptions, *, live: bool = False) -> None:
        """Add the stream of colored frames; of a live film each is encoded at once.

        Raises
        ------
        OutputError
            If the format does not take the codec.
        """
        try:
            self._video = add_video_stream(self._container, clip, options)
        except ValueError as error:
            raise OutputError(f"Cannot write {self._name}: {error}", "Choose h264") from error
        context = self._video.codec_context
        if live or self._container.format.name in _ORDERED:
            context.max_b_frames = 0
        if live:
            context.gop_size = max(1, round(_KEYFRAMES_S * (clip.rate or 25)))
            if context.name in ("libx264", "libx265"):
                context.options = {**context.options, "tune": "zerolatency"}

    def copy_streams(self, source: InputContainer, covers: Mapping[int, bytes]) -> tuple[str, ...]:
        """Make room for what a film has besides its picture; return what had to be left out.

        Parameters
        ----------
        source : the film.
        covers : what has been read of its covers, by the index of their streams.
        """
        assert self._video
        left_out: list[str] = []
        format_name = self._container.format.name
        picture = find_picture(source, self._name)
        copy_picture_names(picture, self._video)
        if format_name not in _OF_MPEGTS:
            copy_names(source, self._container)
        for stream in source.streams:
            if stream.index == picture.index:
                continue
            codec = stream.codec_context.codec if stream.codec_context else None
            names = {codec.name, codec.canonical_name} if codec else set()
            try:
                if format_name in _OF_MPEGTS and not names & _IN_MPEGTS:
                    raise UsageError("It would not be known again")
                if copy := copy_stream(stream, self._container, covers, left_out):
                    self._copies[stream.index] = copy
            except UsageError:
                left_out.append(not_kept(content_of(stream), format_name))
        return tuple(left_out)

    def encode(self, frame: av.VideoFrame | None) -> int:
        """Encode a frame, or None at the end, and return how many frames are out by it."""
        assert self._video
        if frame is not None:
            frame.pict_type = PictureType.NONE  # the encoder chooses
        with _failures(self._name):
            packets = self._video.encode(frame)
        self._mux(packets)
        return len(packets)

    def carry(self, packet: Packet[Any]) -> None:
        """Write a packet of another stream as it is; libavformat holds it until it is its turn."""
        copy = self._copies.get(packet.stream_index)
        if is_cover(packet.stream):  # which has no time
            packet.pts = packet.dts = 0
        if copy is None or packet.dts is None:
            return
        if not self._order.takes(packet):
            self._unordered += 1
        elif copied := copy.packet(packet):
            self._mux([copied])

    def warnings(self) -> tuple[str, ...]:
        """Tell what of the other streams is missing."""
        if not self._unordered:
            return ()
        return (
            f"{self._unordered} packets of sound or subtitles have a time that is not after that of"
            " the packet before: they are left out",
        )

    def _mux(self, packets: Sequence[Packet[Any]]) -> None:
        with _failures(self._name):
            self._container.mux(packets)

    def close(self) -> None:
        """Write what is left, and the end."""
        with _failures(self._name):
            self._container.close()


@contextmanager
def open_sink(
    address: str, options: VideoOptions, *, live: bool = False, overwrite: bool = False
) -> Iterator[Sink]:
    """Open a film to be written in one pass; it is completed at the end.

    After an error a file is as it was; what has gone through a pipe or a network is there.

    Raises
    ------
    UsageError
        If the address is of a kind that is not written, or the file with the codec.
    OutputError
        If it cannot be written, exists and may not be overwritten, or nobody reads it any more.
    """
    if scheme(address) or is_pipe(address):
        url, format_name = _target(address, options)
        with _opened(url, format_name, address, live) as sink:
            yield sink
        return
    path = Path(address)
    check_codec(path, options)
    if path.exists() and not overwrite:
        raise OutputError(
            f"{path} exists already", "Choose another name, or allow overwriting (--overwrite)"
        )
    with (
        _failures(address),
        atomic_path(path) as temporary,
        _opened(str(temporary), None, address, live) as sink,
    ):
        yield sink


def _target(address: str, options: VideoOptions) -> tuple[str, str]:
    """Return FFmpeg's name for an address, and the format that goes there."""
    if is_pipe(address):
        return ("pipe:1" if address == PIPE else address), options.format
    if scheme(address) not in _FORMATS:
        raise UsageError(
            f"Cannot write to {address}", f"Give a file, - or one of {', '.join(_FORMATS)}"
        )
    if scheme(address) == "udp" and "pkt_size=" not in address:
        address += f"{'&' if '?' in address else '?'}pkt_size={_DATAGRAM}"
    return address, _FORMATS[scheme(address)]


@contextmanager
def _opened(url: str, format_name: str | None, name: str, live: bool) -> Iterator[Sink]:
    with _failures(name):
        container = av.open(url, "w", format=format_name, options=_settings(format_name, live))
    sink = Sink(container, name)
    try:
        yield sink
        sink.close()
    finally:
        with suppress(av.FFmpegError, OSError):  # it was told of already
            container.close()


def _settings(format_name: str | None, live: bool) -> dict[str, str]:
    settings = {}
    if format_name == "mp4":  # through a pipe: in fragments, since one cannot go back to the start
        settings["movflags"] = "frag_keyframe+delay_moov+default_base_moof"
    if format_name == "rtsp":
        settings["rtsp_transport"] = "tcp"
    if live:  # nothing waits longer than for a moment for packets of another stream
        settings |= {"flush_packets": "1", "max_interleave_delta": "200000"}
        if format_name == "matroska":
            settings["cluster_time_limit"] = "0"
    return settings


@contextmanager
def _failures(name: str) -> Iterator[None]:
    """Turn what FFmpeg and the system say of writing into errors that name the output."""
    try:
        yield
    except BrokenPipeError as error:
        raise OutputError(
            f"Nobody reads {'stdout' if name == PIPE else name} any more", "It ends where it was"
        ) from error
    except (av.FFmpegError, OSError) as error:
        raise OutputError(f"Cannot write {name}: {error.strerror or error}") from error
