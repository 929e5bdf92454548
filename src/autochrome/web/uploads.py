"""A photograph comes in: counted, timed, and named by its client for messages only."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from autochrome.web.problems import ProblemError

_PIECE = 1 << 20
_UNNAMED = "photograph"
_LONGEST_NAME = 150
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')  # for the name of a file, on some system


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
    """
    body = _Body(request, max_bytes, idle_s)
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        name = await _receive_form(body.request, path) or name
    else:
        with path.open("wb") as file:
            async for piece in body.request.stream():
                file.write(piece)
    if not path.stat().st_size:
        raise ProblemError(
            400, "no-photograph", "The request holds no photograph", "Send one as the body"
        )
    return Upload(path, client_name(name))


def client_name(name: str | None) -> str:
    """Reduce what a client calls a file to a name that is one, without folders."""
    last = re.split(r"[/\\]", name or "")[-1]
    fit = _UNFIT.sub("_", last).strip(" .")
    stem, dot, suffix = fit.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:10]}" if dot else fit[:_LONGEST_NAME] or _UNNAMED


async def _receive_form(request: Request, path: Path) -> str | None:
    try:
        async with request.form(max_files=1, max_fields=8, max_part_size=1 << 16) as form:
            found = form.get("file")
            if not isinstance(found, UploadFile):
                raise ProblemError(
                    400, "no-photograph", "The form has no file", "Its field is called 'file'"
                )
            await asyncio.to_thread(_copy, found.file, path)
            return found.filename
    except MultiPartException as error:
        raise ProblemError(400, "bad-form", f"The form cannot be read: {error.message}") from error


def _copy(source: IO[bytes], path: Path) -> None:
    source.seek(0)
    with path.open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(piece)


class _Body:
    """A request whose body is counted and timed as it comes."""

    def __init__(self, request: Request, max_bytes: int, idle_s: float) -> None:
        self._max_bytes = max_bytes
        self._idle_s = idle_s
        self._received = 0
        self._receive = request.receive
        announced = request.headers.get("content-length", "0")
        if announced.isdigit():
            self._check(int(announced))
        self.request = Request(request.scope, self._next)

    async def _next(self) -> Message:
        try:
            message = await asyncio.wait_for(self._receive(), self._idle_s)
        except TimeoutError as error:
            raise ProblemError(
                408, "slow-upload", f"Nothing has come for {self._idle_s:g} seconds"
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._received += len(message.get("body", b""))
        self._check(self._received)
        return message

    def _check(self, num_bytes: int) -> None:
        if num_bytes > self._max_bytes:
            raise ProblemError(
                413,
                "upload-too-large",
                f"The upload is larger than the limit of {self._max_bytes / 1e6:g} megabytes",
                "Whoever runs the server can raise it (--max-megabytes)",
            )
