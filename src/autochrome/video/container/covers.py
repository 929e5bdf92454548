"""Covers: the pictures that belong to a film and are not shown in it.

FFmpeg gives each as a stream of one packet, which comes before all others. Matroska keeps it as an
attachment: written as a stream, it would be a second film there.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from autochrome.video.container.source import open_input

_KINDS = {"mjpeg": ("jpg", "image/jpeg")}  # suffix and type, where the codec's name is neither


def is_cover(stream: Stream) -> bool:
    """Tell whether a stream is a cover."""
    return bool(stream.disposition & Disposition.attached_pic)


def read_covers(film: InputContainer) -> dict[int, bytes]:
    """Read the covers of a film in a file, by the index of their streams; the film is not moved.

    One that cannot be read is missing.
    """
    wanted = [stream.index for stream in film.streams if is_cover(stream)]
    covers: dict[int, bytes] = {}
    if not wanted:
        return covers
    with open_input(Path(film.name)) as again, suppress(av.FFmpegError):
        for packet in again.demux([again.streams[index] for index in wanted]):
            if packet.size:
                covers.setdefault(packet.stream_index, bytes(packet))
            if len(covers) == len(wanted):
                break
    return covers


def attach_cover(source: Stream, picture: bytes, output: OutputContainer) -> None:
    """Attach a cover to a film in Matroska, by the name it had there, or the one players look for.

    Parameters
    ----------
    source : the cover's stream.
    picture : what is in it, a file of JPEG or PNG.
    """
    codec: str = cast("Any", source.codec_context).codec.canonical_name
    suffix, kind = _KINDS.get(codec, (codec, f"image/{codec}"))
    said = source.metadata
    attached = output.add_attachment(
        said.get("filename", f"cover.{suffix}"), said.get("mimetype", kind), picture
    )
    attached.metadata.update(said)
