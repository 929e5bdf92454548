"""A photograph comes in: counted, timed, and named by its client for messages only."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from autochrome.web.form import FormReader
from autochrome.web.problems import ProblemError

_SLOWEST = 32_000  # bytes a second, on the whole: about 256 kbit/s
_UNNAMED = "photograph"
_LONGEST_NAME, _LONGEST_SUFFIX = 180, 10  # bytes; file systems take 255, and ".color" is added
# What a name cannot hold on some system, or what makes a text look like another one: controls,
# marks of direction, separators of lines.
_UNFIT = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
)
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")  # where no name has spaces of any width, or dots


@dataclass(frozen=True)
class Upload:
    """A photograph as it came: a file of ours, and what the client calls it."""

    path: Path
    name: str


async def receive_upload(
    request: Request, path: Path, *, name: str | None, max_bytes: int, idle_s: float
) -> Upload:
    """Write the photograph of a request to `path`: a form's field ``file``, or the body itself.

    Parameters
    ----------
    name : what the client calls it; a form's own file name goes before.
    max_bytes : of the request.
    idle_s : how long it may stand still.

    Raises
    ------
    ProblemError
        If there is no photograph, or it is too large or too slow.
    ClientDisconnect
        If the client goes away meanwhile.
    """
    content_type = request.headers.get("content-type", "")
    async with aclosing(_pieces(request, max_bytes, idle_s)) as pieces:
        with path.open("wb") as file:
            if content_type.lower().startswith("multipart/form-data"):
                form = FormReader(content_type, file)
                async for piece in pieces:
                    form.feed(piece)
                form.finish()
                name = form.name or name
            else:
                async for piece in pieces:
                    file.write(piece)
            if not file.tell():
                raise ProblemError(
                    "no-photograph", "The request holds no photograph", "Send one as the body"
                )
    return Upload(path, client_name(name))


def client_name(name: str | None) -> str:
    """Reduce what a client calls a file to a name that is one, without folders."""
    last = re.split(r"[/\\]", name or "")[-1]
    fit = _EDGES.sub("", _UNFIT.sub("_", last))
    stem, dot, suffix = fit.rpartition(".")
    if not dot:
        return _cut(fit, _LONGEST_NAME) or _UNNAMED
    return _EDGES.sub("", f"{_cut(stem, _LONGEST_NAME)}.{_cut(suffix, _LONGEST_SUFFIX)}")


def _cut(text: str, num_bytes: int) -> str:
    return _EDGES.sub("", text.encode()[:num_bytes].decode(errors="ignore"))


async def _pieces(request: Request, max_bytes: int, idle_s: float) -> AsyncGenerator[bytes]:
    """Give the body as it comes, counted and timed."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdecimal():
        _check_size(int(announced[:20]), max_bytes)
    start = time.monotonic()
    received = 0
    more = True
    while more:
        # A client that sends a byte now and then would hold its place for hours.
        left = start + idle_s + received / _SLOWEST - time.monotonic()
        try:
            async with asyncio.timeout(min(idle_s, left)):
                message = await request.receive()
        except TimeoutError as error:
            raise ProblemError(
                "slow-upload",
                f"{received} bytes have come in {time.monotonic() - start:.0f} seconds",
                f"At least {_SLOWEST // 1000} kB a second have to come, and some every "
                f"{idle_s:g} seconds",
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        received += len(piece)
        _check_size(received, max_bytes)
        yield piece


def _check_size(num_bytes: int, max_bytes: int) -> None:
    if num_bytes > max_bytes:
        raise ProblemError(
            "upload-too-large",
            f"The upload is larger than the limit of {max_bytes / 1e6:g} megabytes",
            "Whoever runs the server can raise it (--max-megabytes)",
        )
