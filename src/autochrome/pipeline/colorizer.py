"""The colorizer: opened once, called many times, from as many threads as you like."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.color import class_rebalancing_weights, decode_logits
from autochrome.errors import UsageError
from autochrome.models import DEFAULT_MODEL, Manifest, find_model
from autochrome.photo import (
    MAX_MEGAPIXELS,
    Photo,
    check_destination,
    check_format,
    open_photo,
    resize_array,
    to_array,
    to_stored,
)
from autochrome.photo.failure import read_failure
from autochrome.photo.naming import result_name
from autochrome.photo.profile import to_depth
from autochrome.pipeline.animation import stack_frames, steady
from autochrome.pipeline.join import join_color
from autochrome.pipeline.options import DEFAULT_OPTIONS, ColorizeOptions
from autochrome.pipeline.pages import encode_pages, write_pages
from autochrome.pipeline.pixels import (
    array_to_photo,
    is_pillow,
    pillow_like,
    pillow_to_photo,
    pixels_like,
)
from autochrome.pipeline.prepare import pad_to_multiple, working_size
from autochrome.pipeline.session import Device, Session

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class ColorizeResult:
    """One photograph done: where it is, its size in pixels, how long it took, by which model.

    The size is that of the first page; `pages` says how many pages or frames were written, and
    `warnings` what a person should know.
    """

    source: Path
    destination: Path
    width: int
    height: int
    seconds: float
    model: str
    pages: int = 1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Colorizer:
    """A model, ready to color photographs. Nothing in it changes after `open`.

    Parameters
    ----------
    manifest : what is known about the model.
    session : its network, loaded.
    """

    manifest: Manifest
    session: Session = field(repr=False)
    _rebalancing_weights: NDArray[np.float64] = field(repr=False, compare=False)

    @classmethod
    def open(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: Device = "auto",
        num_threads: int | None = None,
    ) -> Colorizer:
        """Load a model.

        Parameters
        ----------
        model : name of an installed model, or the folder of one.
        device : "auto", "cpu" or "cuda"; "cuda" is an error where it cannot be used.
        num_threads : of the network on the CPU; None lets ONNX Runtime choose.

        Raises
        ------
        ModelError
            If the model is unknown, missing or damaged.
        DeviceUnavailableError
            If the device asked for cannot be used.
        """
        manifest, weights_path = find_model(model)
        session = Session(weights_path, device=device, num_threads=num_threads)
        weights = class_rebalancing_weights(manifest.decode.prior)
        return cls(manifest, session, weights)

    @property
    def device(self) -> str:
        """Where the network runs: "cpu" or "cuda"."""
        return self.session.device

    def predict(
        self, lightness: NDArray[np.floating], options: ColorizeOptions = DEFAULT_OPTIONS
    ) -> NDArray[np.float32]:
        """Predict color from lightness.

        Parameters
        ----------
        lightness : (H, W) L* in [0, 100], of any size.

        Returns
        -------
        (H, W, 2) float32 ab in CIELAB units; not every one need be inside sRGB at its L*.

        Raises
        ------
        UsageError
            If the shape is not (H, W), or a value is not finite.
        """
        if lightness.ndim != 2 or lightness.size == 0 or not np.isfinite(lightness).all():
            raise UsageError(f"lightness must be (H, W) and finite, got {lightness.shape}")
        height, width = lightness.shape
        small = resize_array(
            lightness.astype(np.float32), *self._working_size(height, width, options)
        )
        return resize_array(self._predict_small(small[..., 0], options), height, width)

    @overload
    def colorize(
        self,
        photo: str | Path,
        options: ColorizeOptions = ...,
        *,
        output: str | Path | None = ...,
        overwrite: bool = ...,
        max_megapixels: float = ...,
    ) -> Path: ...
    @overload
    def colorize(
        self, photo: bytes, options: ColorizeOptions = ..., *, max_megapixels: float = ...
    ) -> bytes: ...
    @overload
    def colorize(
        self, photo: NDArray[Any], options: ColorizeOptions = ..., *, max_megapixels: float = ...
    ) -> NDArray[Any]: ...
    @overload
    def colorize(
        self, photo: Image, options: ColorizeOptions = ..., *, max_megapixels: float = ...
    ) -> Image: ...
    def colorize(
        self,
        photo: str | Path | bytes | NDArray[Any] | Image,
        options: ColorizeOptions = DEFAULT_OPTIONS,
        *,
        output: str | Path | None = None,
        overwrite: bool = False,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> Path | bytes | NDArray[Any] | Image:
        """Color a photograph; the same kind of thing comes out that went in.

        Parameters
        ----------
        photo : one of

            - a path: the result is written beside it as ``NAME.color.EXT`` (``.png`` for formats
              that can only be read), or to `output`, and its path returned;
            - bytes of an image file: bytes of a file of the same format;
            - a NumPy array (H, W) or (H, W, 1 to 4), uint8, uint16, or floating point in
              [0, 1]: an array (H, W, 3), or (H, W, 4) with alpha, of the same type;
            - a Pillow image: a Pillow image, RGB or RGBA.
        options : how to color it.
        output : where to write; only for a path.
        overwrite : replace the output if it exists.
        max_megapixels : refuse larger photographs before decoding them.

        Raises
        ------
        UsageError, UnreadablePhotoError, OutputError, ModelError, PhotoMemoryError
            See `autochrome.errors`.
        """
        if isinstance(photo, (str, Path)):
            source = Path(photo)
            destination = (
                Path(output) if output is not None else source.with_name(result_name(source))
            )
            return self.colorize_file(
                source, destination, options, overwrite=overwrite, max_megapixels=max_megapixels
            ).destination
        if output is not None:
            raise UsageError("output is for a photograph given as a path")
        if isinstance(photo, bytes):
            return self.colorize_bytes(photo, None, options, max_megapixels=max_megapixels)
        if isinstance(photo, np.ndarray):
            opened = array_to_photo(photo, max_megapixels)
            return pixels_like(self._colored_pixels(opened, options), photo)
        if is_pillow(photo):
            opened = pillow_to_photo(photo, max_megapixels)
            return pillow_like(self._colored_pixels(opened, options), photo)
        raise UsageError(
            f"Cannot color a {type(photo).__name__}",
            "Give a path, bytes, a NumPy array or a Pillow image",
        )

    def colorize_file(
        self,
        source: str | Path,
        destination: str | Path,
        options: ColorizeOptions = DEFAULT_OPTIONS,
        *,
        overwrite: bool = False,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> ColorizeResult:
        """Color one file into another, whose suffix chooses the format; see `colorize`."""
        start = time.perf_counter()
        source, destination = Path(source), Path(destination)
        photo = open_photo(source, max_megapixels=max_megapixels)
        check_destination(destination, photo.height, photo.width, overwrite=overwrite)
        written = write_pages(
            photo,
            destination,
            partial(self._colored, options=options),
            options.writing,
            overwrite=overwrite,
            max_megapixels=max_megapixels,
        )
        return ColorizeResult(
            source,
            destination,
            photo.width,
            photo.height,
            time.perf_counter() - start,
            self.manifest.name,
            pages=written.pages,
            warnings=written.warnings,
        )

    def colorize_bytes(
        self,
        data: bytes,
        suffix: str | None = None,
        options: ColorizeOptions = DEFAULT_OPTIONS,
        *,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> bytes:
        """Color an encoded photograph; `suffix` (".png") chooses the format, None keeps it."""
        photo = open_photo(data, max_megapixels=max_megapixels)
        suffix = suffix or photo.suffix
        check_format(suffix, photo.height, photo.width)
        color = partial(self._colored, options=options)
        return encode_pages(photo, suffix, color, options.writing, max_megapixels=max_megapixels)

    def _colored(self, photo: Photo, options: ColorizeOptions) -> pyvips.Image:
        """Predict the color of a photograph and join it, lazily, to its pixels."""
        lightness = photo.read_lightness(*self._working_size(*photo.upright_size, options))
        frames = np.split(lightness, photo.frames)
        colors = steady((frame, self._predict_small(frame, options)) for frame in frames)
        # What is converted once more shall not be rounded before that.
        image = photo.read(deep=options.profile != "srgb")
        parts = zip(photo.split(image), colors, strict=True)
        joined = (join_color(part, to_stored(ab, photo.orientation)) for part, ab in parts)
        return next(joined) if photo.frames == 1 else stack_frames(photo, joined)

    def _colored_pixels(self, photo: Photo, options: ColorizeOptions) -> NDArray[Any]:
        try:
            return to_array(to_depth(self._colored(photo, options), photo.depth))
        except (pyvips.Error, MemoryError) as error:
            raise read_failure(photo.name, error) from error

    def _working_size(self, height: int, width: int, options: ColorizeOptions) -> tuple[int, int]:
        return working_size(height, width, options.working_side or self.manifest.input.side)

    def _predict_small(
        self, lightness: NDArray[np.float32], options: ColorizeOptions
    ) -> NDArray[np.float32]:
        """Predict (h, w, 2) ab at the working size."""
        height, width = lightness.shape
        defaults = self.manifest.decode
        padded = pad_to_multiple(lightness, self.manifest.input.multiple)
        ab = decode_logits(
            self.session.logits(padded),
            temperature=options.temperature or defaults.temperature,
            vividness=defaults.vividness if options.vividness is None else options.vividness,
            rebalancing_weights=self._rebalancing_weights,
        )
        return resize_array(ab * np.float32(options.saturation), *padded.shape)[:height, :width]
