"""Errors as problem documents (RFC 9457): what went wrong, and what the client can do."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autochrome.errors import (
    AutochromeError,
    DiskFullError,
    MissingExtraError,
    OutputError,
    PhotoMemoryError,
    PhotoTooLargeError,
    UnreadablePhotoError,
    UsageError,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

# The status of each kind of problem and its title; what a type points at is made of this table.
KINDS: dict[str, tuple[int, str]] = {
    "bad-form": (400, "The form cannot be read"),
    "no-photograph": (400, "The request holds no photograph"),
    "token-missing": (401, "The server asks for a token"),
    "foreign-origin": (403, "Another web site may not use the server"),
    "gone": (404, "There is nothing of this id, or no longer"),
    "slow-upload": (408, "The upload is too slow"),
    "photo-too-large": (413, "The photograph has too many pixels"),
    "upload-too-large": (413, "The upload has too many bytes"),
    "format-not-installed": (415, "The server lacks what reads this format"),
    "beyond-the-end": (416, "The file has no such part"),
    "unknown-host": (421, "The server is not called that"),
    "invalid-option": (422, "An option makes no sense"),
    "unreadable-photo": (422, "The photograph is damaged, or none"),
    "unwritable-format": (422, "The format cannot hold the result"),
    "internal-error": (500, "The server has failed"),
    "busy": (503, "The server has as much work as it can take"),
    "too-slow": (504, "The photograph took too long"),
    "no-memory": (507, "The server has not enough memory"),
    "no-room": (507, "The disk of the server is full"),
}

# The most special first.
_KIND_OF_ERROR: dict[type[AutochromeError], str] = {
    PhotoTooLargeError: "photo-too-large",
    UnreadablePhotoError: "unreadable-photo",
    UsageError: "invalid-option",
    OutputError: "unwritable-format",
    MissingExtraError: "format-not-installed",
    PhotoMemoryError: "no-memory",
}

_SEE_DOCS = "What can be asked for is at /docs"
# In plainer words than pydantic's own.
_COMPLAINTS = {
    "extra_forbidden": "there is no such option",
    "string_pattern_mismatch": "a hint looks like 50%,30%=#6090c0 or 200,150=#6090c0",
}


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(
        description="Which kind of problem, for programs; the page of that address explains it",
        examples=["/docs/problems#unreadable-photo"],
    )
    title: str = Field(description="The kind of problem, for people")
    status: int = Field(description="The HTTP status, again")
    detail: str = Field(description="What went wrong this time")
    advice: str = Field(default="", description="What to do about it")

    def response(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """Return the response."""
        return JSONResponse(self.model_dump(), self.status, headers, MEDIA_TYPE)


class ProblemError(Exception):
    """Ends a request with a problem document.

    Parameters
    ----------
    kind : one of `KINDS`.
    detail : what went wrong this time.
    advice : what the client can do about it.
    headers : more headers of the response.
    """

    def __init__(
        self, kind: str, detail: str, advice: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.advice, self.headers = kind, detail, advice, headers

    @classmethod
    def of(cls, error: Exception) -> ProblemError:
        """Make one of any error."""
        if isinstance(error, ProblemError):
            return error
        if _is_disk_full(error):  # whose own words name a folder of the server
            return cls("no-room", "The disk of the server is full", "Try again later")
        if not isinstance(error, AutochromeError):
            if isinstance(error, MemoryError):
                return cls("no-memory", "The server has not enough memory", "Try a smaller one")
            return cls("internal-error", "The server has failed; its log says more")
        kinds = (kind for known, kind in _KIND_OF_ERROR.items() if isinstance(error, known))
        return cls(next(kinds, "internal-error"), error.message, error.advice)

    def response(self) -> JSONResponse:
        """Return the response."""
        status, title = KINDS[self.kind]
        problem = Problem(
            type=f"/docs/problems#{self.kind}",
            title=title,
            status=status,
            detail=self.detail,
            advice=self.advice,
        )
        return problem.response(self.headers)


def answer_with_problems(app: FastAPI) -> None:
    """Let an app answer every error with a problem document; before other middleware is added."""

    async def deliberate(_: Request, error: Exception) -> JSONResponse:
        return ProblemError.of(error).response()

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        detail = "; ".join(_complaint(item) for item in error.errors())
        return ProblemError("invalid-option", detail, _SEE_DOCS).response()

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        phrase = HTTPStatus(error.status_code).phrase
        problem = Problem(
            type="about:blank",
            title=phrase,
            status=error.status_code,
            detail=error.detail,
            advice=_SEE_DOCS,
        )
        return problem.response(error.headers)

    app.add_exception_handler(ProblemError, deliberate)
    app.add_exception_handler(AutochromeError, deliberate)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_middleware(_UnexpectedMiddleware)


class _UnexpectedMiddleware:
    """Answers what nobody expected, too, in time for the headers that every answer gets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            problem = ProblemError.of(error)
            logger.error("%s", KINDS[problem.kind][1], exc_info=error)
            await problem.response()(scope, receive, send)


def _is_disk_full(error: Exception) -> bool:
    return isinstance(error, DiskFullError) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )


def _complaint(item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"][1:]) or "the request"
    return f"{where}: {_COMPLAINTS.get(item['type'], item['msg'])}"


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe problem documents of these statuses, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "model": Problem,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }
