"""Where films come from besides files: pipes, addresses of the network, and cameras."""

from __future__ import annotations

import math
import select
import sys
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from autochrome.errors import UnreadableVideoError, UsageError

PIPE = "-"
SILENCE_S = 5.0  # without a packet, after which a live source is taken for gone
_FIRST_S = 20.0  # for the first packets, and for what a stream says of itself

_AT_ONCE = {"fpsprobesize": "1"}  # frames come when they come: their rate is not waited for

_LIVE = ("udp", "rtp", "rtsp")  # they send whether or not anybody keeps up
_PATIENT = ("http", "https", "tcp")  # they wait for their reader, as pipes do


def is_stream(address: str | Path) -> bool:
    """Tell whether a film is read or written in one pass, since one cannot go back in it."""
    return is_pipe(address) or bool(scheme(address)) or is_live(address)


def is_pipe(address: str | Path) -> bool:
    """Tell whether this is stdin or stdout, or a pipe that has a name."""
    return str(address) == PIPE or (not scheme(address) and Path(address).is_fifo())


def is_live(address: str | Path) -> bool:
    """Tell whether this is a source that does not wait: a network stream or a camera."""
    text = str(address)
    return scheme(address) in _LIVE or text.endswith(".sdp") or text.startswith("/dev/video")


def scheme(address: str | Path) -> str:
    """Return what an address begins with, in lower case: "udp" of udp://...; "" of a file."""
    before, separator, _ = str(address).partition("://")
    return before.lower() if separator else ""


def open_source(address: str) -> InputContainer:
    """Open a film to be read once, from its beginning to its end.

    Parameters
    ----------
    address : a file, "-" for stdin, a pipe with a name, an address or a camera. A live stream
        is an address of udp, rtp or rtsp, or an .sdp file that tells of one. With ``?listen``,
        an rtsp address waits for somebody to send.

    Raises
    ------
    UsageError
        If the address is of a kind that is not read.
    UnreadableVideoError
        If nothing comes, or nothing that FFmpeg reads.
    """
    if scheme(address) not in ("", *_LIVE, *_PATIENT):
        known = ", ".join((*_LIVE, *_PATIENT))
        raise UsageError(f"Cannot read from {address}", f"Give a file, - or one of {known}")
    if address == PIPE and _is_stdin_empty():
        raise UnreadableVideoError("stdin is empty", "See what the command before it says")
    url, settings = _settings(address)
    try:
        container: InputContainer = av.open(url, **settings)
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableVideoError(f"Cannot read {address}: {reason}", _advice(address)) from error
    return container


def _settings(address: str) -> tuple[str, dict[str, Any]]:
    """Return FFmpeg's name for an address, and how it is to be opened."""
    if address == PIPE:
        return "pipe:0", {}
    if not is_live(address):
        return address, {}
    url, format_name, options = address, None, dict(_AT_ONCE)
    if address.startswith("/dev/"):
        format_name = "v4l2"
    elif address.endswith(".sdp"):
        options["protocol_whitelist"] = "file,rtp,udp"
    elif scheme(address) == "udp":  # packets that came too fast are lost; the stream goes on
        options["overrun_nonfatal"] = "1"
    elif address.endswith("?listen"):
        # FFmpeg has a time for this of its own, and its default is an error.
        url = address.removesuffix("?listen")
        options |= {"rtsp_flags": "listen", "listen_timeout": str(math.ceil(_FIRST_S))}
    elif scheme(address) == "rtsp":
        options["rtsp_flags"] = "prefer_tcp"
    return url, {"timeout": (_FIRST_S, SILENCE_S), "format": format_name, "options": options}


def _is_stdin_empty() -> bool:
    """Wait until something comes, or the end."""
    if sys.platform == "win32":
        return False
    import fcntl
    import termios

    try:
        select.select([0], [], [])
        waiting = fcntl.ioctl(0, termios.FIONREAD, bytes(4))
    except OSError:  # it is closed, or does not tell
        return False
    return not any(waiting)


def advice_on_pipe(address: str) -> str:
    """Return why nothing may come out of a pipe that a film goes into; "" if this is no pipe."""
    if not is_pipe(address):
        return ""
    return (
        "An MP4 goes through a pipe only if its index comes first (-movflags +faststart); "
        "give the file itself"
    )


def _advice(address: str) -> str:
    if advice := advice_on_pipe(address):
        return advice
    if address.startswith("/dev/"):
        return "Is the camera connected, and free?"
    return "Start the sender first" if is_live(address) else ""
