"""Query fields of a request, with the names and ranges of `ColorizeOptions`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from autochrome.errors import UsageError
from autochrome.models import MAX_SMOOTHING
from autochrome.pipeline import ColorizeOptions, Variant, parse_hint

_HINT = r"^\s*\d+(\.\d+)?%?\s*,\s*\d+(\.\d+)?%?\s*=\s*#[0-9a-fA-F]{6}\s*$"

_MAX_PART_PIXELS = 4_000_000


class ColorQuery(BaseModel):
    """What the color looks like."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    preset: Literal["natural", "balanced", "vivid"] = Field(
        "balanced", description="How bold the color is; `vividness` goes before"
    )
    temperature: float | None = Field(
        None,
        ge=0.01,
        le=1,
        description="Lower decides, higher averages; the model's own if missing",
    )
    vividness: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="Lower is more natural, higher more vivid; the model's own if missing",
    )
    smoothing: int | None = Field(
        None,
        ge=0,
        le=MAX_SMOOTHING,
        description="How far neighbors that look alike become one color",
    )
    saturation: float = Field(1.0, ge=0, le=4, description="Factor on chroma; 0 gives a gray photo")
    strength: float = Field(
        1.0, ge=0, le=1, description="How much of the finished color is laid over the gray photo"
    )
    hint: list[Annotated[str, Field(pattern=_HINT, max_length=64)]] = Field(
        [],
        max_length=256,
        description="The color at a place: `50%,30%=#6090c0`, or in pixels; may be given again",
    )
    variant: int | None = Field(None, ge=1, le=16, description="Which of several versions, from 1")
    variants: int | None = Field(None, ge=2, le=16, description="Of how many versions; default 4")

    def options(self) -> ColorizeOptions:
        """Return the options; raises UsageError if they do not go together."""
        given = self.model_dump(exclude={"hint", "variant", "variants", *_NOT_OPTIONS})
        return ColorizeOptions(
            **given, hints=tuple(map(parse_hint, self.hint)), variant=self._variant()
        )

    def _variant(self) -> Variant | None:
        if self.variant is None:
            if self.variants is not None:
                raise UsageError("variants says of how many: say which, by variant, too")
            return None
        return Variant(self.variant, 4 if self.variants is None else self.variants)


class OpenQuery(BaseModel):
    """What is said of a photograph that is opened."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=300, description="What the photograph is called")


class PreviewQuery(BaseModel):
    """Which part of the photograph is looked at; all of it, if nothing is said."""

    model_config = ConfigDict(extra="forbid")

    left: int | None = Field(None, ge=0, description="Of a part, in pixels, upright")
    top: int | None = Field(None, ge=0)
    width: int | None = Field(None, ge=1)
    height: int | None = Field(None, ge=1, description="Of a part of at most 4 megapixels")

    @property
    def region(self) -> tuple[int, int, int, int] | None:
        """Left, top, width and height; raises UsageError if some are missing, or for too much."""
        left, top, width, height = self.left, self.top, self.width, self.height
        if left is None or top is None or width is None or height is None:
            if {left, top, width, height} == {None}:
                return None
            raise UsageError("A part has left, top, width and height", "Give all four or none")
        if width * height > _MAX_PART_PIXELS:
            raise UsageError("The part has more than 4 megapixels", "Ask for several smaller ones")
        return left, top, width, height


class FileQuery(ColorQuery):
    """What the color and the file look like."""

    format: Literal["jpg", "png", "tif", "webp", "avif"] | None = Field(
        None, description="Of the result; the photograph's own if missing, PNG if that is only read"
    )
    quality: int = Field(95, ge=1, le=100, description="Of JPEG, WebP and AVIF")
    profile: Literal["srgb", "p3", "keep"] = Field("srgb", description="Color space of the file")
    autorotate: bool = Field(False, description="Turn the pixels upright")
    provenance: bool = Field(True, description="Say in the file that an algorithm made its color")
    mark: bool = Field(False, description="Draw a small visible mark in a corner")

    @property
    def suffix(self) -> str | None:
        """The suffix of the format asked for."""
        return f".{self.format}" if self.format else None


class ColorizeQuery(FileQuery):
    """All that can be said of one photograph."""

    name: str | None = Field(None, max_length=300, description="What the photograph is called")
    working_side: int | None = Field(
        None, ge=16, le=1024, description="Short side at which the network sees the photo"
    )
    flip_averaging: bool = Field(
        False, description="Average what the network says with what it says of the mirror image"
    )
    skip_color: bool = Field(False, description="Leave the photo alone if it is in color")


_NOT_OPTIONS = {"format", "name"}
