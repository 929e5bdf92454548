"""The colorizer: opened once, called many times, from as many threads as you like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.models import DEFAULT_MODEL, Manifest
from autochrome.pipeline.options import ColorizeOptions


@dataclass(frozen=True)
class ColorizeResult:
    """One photograph done: where it is, its size in pixels, how long it took, by which model."""

    source: Path
    destination: Path
    width: int
    height: int
    seconds: float
    model: str


@dataclass(frozen=True)
class Colorizer:
    """A model, ready to color photographs."""

    manifest: Manifest
    device: str

    @classmethod
    def open(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: str = "auto",
        num_threads: int | None = None,
    ) -> Colorizer:
        """Load a model by name or folder; device is "auto", "cpu" or "cuda"."""
        raise NotImplementedError

    def predict(
        self, lightness: NDArray[np.floating], options: ColorizeOptions = ColorizeOptions()
    ) -> NDArray[np.float32]:
        """Predict ab (H, W, 2) for lightness (H, W)."""
        raise NotImplementedError

    def colorize(
        self,
        photo: Any,
        options: ColorizeOptions = ColorizeOptions(),
        *,
        output: str | Path | None = None,
        overwrite: bool = False,
        max_megapixels: float = 2000,
    ) -> Any:
        """Color a photograph; the same kind comes out."""
        raise NotImplementedError

    def colorize_file(
        self,
        source: str | Path,
        destination: str | Path,
        options: ColorizeOptions = ColorizeOptions(),
        *,
        overwrite: bool = False,
        max_megapixels: float = 2000,
    ) -> ColorizeResult:
        """Color a file into another file."""
        raise NotImplementedError

    def colorize_bytes(
        self,
        data: bytes,
        suffix: str | None = None,
        options: ColorizeOptions = ColorizeOptions(),
        *,
        max_megapixels: float = 2000,
    ) -> bytes:
        """Color an encoded photograph; suffix (".png") chooses the format, None keeps it."""
        raise NotImplementedError
