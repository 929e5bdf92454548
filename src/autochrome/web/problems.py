"""Errors as problem documents (RFC 9457): what went wrong, and what the client can do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

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

# The most special first.
_STATUS_OF_ERROR: dict[type[AutochromeError], tuple[int, str]] = {
    PhotoTooLargeError: (413, "photo-too-large"),
    UnreadablePhotoError: (422, "unreadable-photo"),
    UsageError: (422, "invalid-option"),
    DiskFullError: (507, "no-room"),
    OutputError: (422, "unwritable-format"),
    MissingExtraError: (415, "format-not-installed"),
    PhotoMemoryError: (507, "no-memory"),
}


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(
        description="Which kind of problem, for programs", examples=["#unreadable-photo"]
    )
    title: str = Field(description="The kind of problem, for people")
    status: int = Field(description="The HTTP status, again")
    detail: str = Field(description="What went wrong this time")
    advice: str = Field(default="", description="What to do about it")


class ProblemError(Exception):
    """Ends a request with a problem document.

    Parameters
    ----------
    status : the HTTP status.
    kind : which kind of problem, in words joined by hyphens.
    detail : what went wrong this time.
    advice : what the client can do about it.
    headers : more headers of the response.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        advice: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.advice = status, kind, detail, advice
        self.headers = headers

    @classmethod
    def of(cls, error: AutochromeError) -> ProblemError:
        """Make one of an error of the library."""
        for known, (status, kind) in _STATUS_OF_ERROR.items():
            if isinstance(error, known):
                return cls(status, kind, error.message, error.advice)
        return cls(500, "internal-error", error.message, error.advice)

    def response(self) -> JSONResponse:
        """Return the response."""
        problem = Problem(
            type=f"#{self.kind}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            advice=self.advice,
        )
        return JSONResponse(
            problem.model_dump(), self.status, media_type=MEDIA_TYPE, headers=self.headers
        )


def answer_with_problems(app: FastAPI) -> None:
    """Let an app answer every error with a problem document."""

    async def problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ProblemError)
        return error.response()

    async def deliberate(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, AutochromeError)
        return ProblemError.of(error).response()

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        detail = "; ".join(_complaint(item) for item in error.errors())
        return ProblemError(422, "invalid-option", detail, "See /docs").response()

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        found = ProblemError(error.status_code, kind, error.detail, headers=error.headers)
        return found.response()

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        logger.error("unexpected error", exc_info=error)
        detail = "The server has failed; its log says more"
        return ProblemError(500, "internal-error", detail).response()

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(AutochromeError, deliberate)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


def _complaint(item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"][1:]) or "the request"
    return f"{where}: {item['msg']}"


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
