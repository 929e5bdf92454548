"""What the API answers, as JSON and as files."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from autochrome.pipeline.source_color import SourceColor
from autochrome.web.problems import ProblemError, problem_responses
from autochrome.web.ranges import with_sound_range
from autochrome.web.shelf import Shelf
from autochrome.web.work import OpenedPhoto, Result

MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
IMAGE_CONTENT = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in dict.fromkeys(MEDIA_TYPES.values())
}
# What a `PhotoResponse` may be, besides a problem of its route.
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": IMAGE_CONTENT, "description": "The photograph in color"},
    206: {"content": IMAGE_CONTENT, "description": "The part of its file that `Range` asks for"},
    **problem_responses(416),
}


class SourceColorAnswer(BaseModel):
    """Whether a photograph was in color before."""

    kind: Literal["gray", "toned", "color"]
    chroma: float = Field(description="95th percentile of its chroma, in CIELAB units")
    spread: float = Field(description="The same of the distance from its one tone")

    @classmethod
    def of(cls, found: SourceColor) -> SourceColorAnswer:
        """Make one of what was measured."""
        return cls(kind=found.kind, chroma=found.chroma, spread=found.spread)


class PhotoAnswer(BaseModel):
    """An opened photograph."""

    id: str
    name: str
    width: int = Field(description="Of the photograph as it is looked at, in pixels")
    height: int
    depth: int = Field(description="8 or 16 bits")
    pages: int
    source_color: SourceColorAnswer
    warnings: list[str]
    expires_in_s: float = Field(description="After it was last asked for")

    @classmethod
    def of(cls, item_id: str, opened: OpenedPhoto, kept_s: float) -> PhotoAnswer:
        """Describe an opened photograph."""
        height, width = opened.upright_size
        return cls(
            id=item_id,
            name=opened.upload.name,
            width=width,
            height=height,
            depth=opened.depth,
            pages=opened.num_pages,
            source_color=SourceColorAnswer.of(opened.source_color),
            warnings=list(opened.warnings),
            expires_in_s=kept_s,
        )


class ResultAnswer(BaseModel):
    """A finished photograph: measurements, and where it is."""

    url: str
    name: str
    media_type: str
    bytes: int
    width: int
    height: int
    pages: int
    model: str
    source_color: SourceColorAnswer | None
    reduced_share: float = Field(
        description="Of its pixels, how many have less chroma than predicted, to stay inside sRGB"
    )
    lost_metadata: list[str]
    warnings: list[str]
    skipped: str = Field(description="Why it was left alone; empty if it was colored")
    seconds: float
    expires_in_s: float

    @classmethod
    def of(cls, url: str, result: Result, kept_s: float) -> ResultAnswer:
        """Describe a finished photograph."""
        measured = result.measured
        found = measured.source_color
        return cls(
            url=url,
            name=result.name,
            media_type=MEDIA_TYPES[result.path.suffix],
            bytes=result.path.stat().st_size,
            width=measured.width,
            height=measured.height,
            pages=measured.pages,
            model=measured.model,
            source_color=SourceColorAnswer.of(found) if found else None,
            reduced_share=measured.reduced_share,
            lost_metadata=list(measured.lost_metadata),
            warnings=list(measured.warnings),
            skipped=measured.skipped,
            seconds=round(measured.seconds, 3),
            expires_in_s=kept_s,
        )


class ModelAnswer(BaseModel):
    """A model that the server has."""

    name: str
    version: str
    description: str
    licence: str
    default: bool
    decode: Literal["annealed_mean", "direct"]
    temperature: float
    vividness: float


class LimitsAnswer(BaseModel):
    """What one photograph may have."""

    megabytes: float
    megapixels: float


class ModelsAnswer(BaseModel):
    """The models, and what they are given."""

    models: list[ModelAnswer]
    limits: LimitsAnswer


class PhotoResponse(FileResponse):
    """A finished file.

    Parameters
    ----------
    result : which file.
    held : what keeps it there; closed when it has been sent.
    """

    def __init__(self, result: Result, held: ExitStack) -> None:
        super().__init__(
            result.path, filename=result.name, media_type=MEDIA_TYPES[result.path.suffix]
        )
        self._held = held

    @classmethod
    def once(cls, result: Result) -> PhotoResponse:
        """Send a file that has a folder of its own, and remove both then."""
        held = ExitStack()
        held.callback(shutil.rmtree, result.path.parent, ignore_errors=True)
        return cls(result, held)

    @classmethod
    def kept(cls, shelf: Shelf[Result], item_id: str) -> PhotoResponse:
        """Send a file that stays on the shelf; raises ProblemError if it is not there."""
        held = ExitStack()
        return cls(held.enter_context(shelf.using(item_id)).value, held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the part that is asked for."""
        with self._held:
            try:
                scope = with_sound_range(scope, Path(self.path).stat().st_size)
            except ProblemError as problem:
                await problem.response()(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
