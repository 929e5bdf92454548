"""`autochrome.colorize`: one call, without keeping a colorizer at hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from numpy.typing import NDArray

from autochrome.models import DEFAULT_MODEL
from autochrome.pipeline.colorizer import Colorizer
from autochrome.pipeline.options import DEFAULT_OPTIONS, ColorizeOptions
from autochrome.pipeline.session import Device

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T", bytes, NDArray[Any], "Image")


@overload
def colorize(
    photo: str | Path,
    options: ColorizeOptions = ...,
    *,
    output: str | Path | None = ...,
    overwrite: bool = ...,
    model: str | Path = ...,
    device: Device = ...,
) -> Path: ...
@overload
def colorize(
    photo: T, options: ColorizeOptions = ..., *, model: str | Path = ..., device: Device = ...
) -> T: ...
def colorize(
    photo: Any,
    options: ColorizeOptions = DEFAULT_OPTIONS,
    *,
    output: str | Path | None = None,
    overwrite: bool = False,
    model: str | Path = DEFAULT_MODEL,
    device: Device = "auto",
) -> Any:
    """Color a photograph: a path, bytes, a NumPy array or a Pillow image; the same comes out.

    The model is loaded on the first call and kept. See `Colorizer.colorize` for what goes in and
    out, and `Colorizer.open` for `model` and `device`.
    """
    return _open(model, device).colorize(photo, options, output=output, overwrite=overwrite)


@cache
def _open(model: str | Path, device: Device) -> Colorizer:
    return Colorizer.open(model, device=device)
