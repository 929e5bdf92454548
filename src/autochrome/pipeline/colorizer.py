"""The colorizer: opened once, called many times, from as many threads as you like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.models import DEFAULT_MODEL, Manifest, find_model
from autochrome.photo import (
    MAX_MEGAPIXELS,
    Photo,
    resize_array,
    to_stored,
)
from autochrome.photo.frames import stack_frames
from autochrome.pipeline.animation import steady
from autochrome.pipeline.boldness import calm, halvings_of
from autochrome.pipeline.decode import decode
from autochrome.pipeline.exposure import expose, exposure_gain
from autochrome.pipeline.files import ColorizeResult, colorize_bytes, colorize_file
from autochrome.pipeline.highlights import spare_highlights
from autochrome.pipeline.join import join_color, reduced_share
from autochrome.pipeline.kinds import colorize_any, variants_of_any
from autochrome.pipeline.options import DEFAULT_OPTIONS, ColorizeOptions
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.prepare import default_side, pad_to_multiple, seen_side, working_size
from autochrome.pipeline.session import Device, Session
from autochrome.pipeline.source_color import SourceColor, measure_color
from autochrome.pipeline.spread import hinted_places
from autochrome.pipeline.upsampling import apply_linear, linear_color

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T", bytes, NDArray[Any], "Image")


@dataclass(frozen=True)
class Colored:
    """A photograph in color, not yet computed, and what is known of it; see `ColorizeResult`."""

    image: pyvips.Image
    source_color: SourceColor
    reduced_share: float


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

    @classmethod
    def open(
        cls,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: Device = "auto",
        num_threads: int | None = None,
    ) -> Colorizer:
        """Load a model.

        A process forked after the first photograph was colored cannot color, because its threads
        do not survive a fork: start it by the method "spawn", or fork before.

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
        UsageError
            If the process is the fork of one that has colored.
        """
        manifest, weights_path = find_model(model)
        session = Session(weights_path, device=device, num_threads=num_threads)
        return cls(manifest, session)

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
        options : how to decode; `strength` is left to the joining.

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
        size = self.working_size(height, width, options.working_side)
        lightness = lightness.astype(np.float32)
        small = resize_array(lightness, *size)[..., 0]
        prediction = self.predict_lightness(
            small, (height, width), flip_averaging=options.flip_averaging
        )
        return apply_linear(self.linear_color(prediction, options), lightness)

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
        options : how to color it; with ``skip_color``, a photograph in color is returned as it
            is (of a path, that same path).
        output : where to write; only for a path.
        overwrite : replace the output if it exists.
        max_megapixels : refuse larger photographs before decoding them.

        Raises
        ------
        UsageError, UnreadablePhotoError, OutputError, ModelError, PhotoMemoryError
            See `autochrome.errors`.
        """
        colored: Path | bytes | NDArray[Any] | Image = colorize_any(
            self,
            photo,
            options,
            output=output,
            overwrite=overwrite,
            max_megapixels=max_megapixels,
        )
        return colored

    @overload
    def variants(
        self,
        photo: str | Path,
        n: int,
        options: ColorizeOptions = ...,
        *,
        output: str | Path | None = ...,
        overwrite: bool = ...,
        max_megapixels: float = ...,
    ) -> list[Path]: ...
    @overload
    def variants(
        self, photo: T, n: int, options: ColorizeOptions = ..., *, max_megapixels: float = ...
    ) -> list[T]: ...
    def variants(
        self,
        photo: Any,
        n: int,
        options: ColorizeOptions = DEFAULT_OPTIONS,
        *,
        output: str | Path | None = None,
        overwrite: bool = False,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> list[Any]:
        """Color a photograph in `n` plausible ways, 2 to 16; the first is the ordinary one.

        They differ by a mean CIEDE2000 of about 5; a warning is logged where the photograph leaves
        less room. Files are called ``NAME.color-1.EXT`` and so on, or as `output` with
        ``-1`` added to its stem. The same photograph gives the same versions. For the rest see
        `colorize`.
        """
        return variants_of_any(
            self,
            photo,
            n,
            options,
            output=output,
            overwrite=overwrite,
            max_megapixels=max_megapixels,
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
        return colorize_file(
            self,
            Path(source),
            Path(destination),
            options,
            overwrite=overwrite,
            max_megapixels=max_megapixels,
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
        return colorize_bytes(self, data, suffix, options, max_megapixels=max_megapixels)

    def color(self, photo: Photo, options: ColorizeOptions = DEFAULT_OPTIONS) -> Colored:
        """Color an open photograph, lazily, in the frame in which it is stored."""
        lab = photo.read_lab(*self.working_size(*photo.upright_size, options.working_side))
        frames = np.split(lab[..., 0], photo.frames)
        literal = []

        def decoded() -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
            for frame in frames:
                prediction = self.predict_lightness(
                    frame, photo.upright_size, photo.name, flip_averaging=options.flip_averaging
                )
                literal.append(_literal(prediction, options))
                yield frame, self.decode(prediction, options)

        colors = list(steady(decoded()))
        image = _joined(photo, map(linear_color, colors, frames, literal), options)
        share = float(np.mean([*map(reduced_share, colors, frames)]))
        return Colored(image, measure_color(lab), share)

    def source_color(self, photo: Photo) -> SourceColor:
        """Tell whether a photograph is in color already."""
        return measure_color(photo.read_lab(*self.working_size(*photo.upright_size, None)))

    def predict_distribution(self, photo: Photo, working_side: int | None = None) -> Prediction:
        """Let the network look at a photograph; `decode` and `join` do the rest, without it.

        Parameters
        ----------
        photo : from `autochrome.photo.open_photo`.
        working_side : see `ColorizeOptions`.
        """
        size = self.working_size(*photo.upright_size, working_side)
        return self.predict_lightness(photo.read_lightness(*size), photo.upright_size, photo.name)

    def decode(
        self, prediction: Prediction, options: ColorizeOptions = DEFAULT_OPTIONS
    ) -> NDArray[np.float32]:
        """Decode the network's answer to (h, w, 2) ab, upright, at the size of its lightness."""
        return decode(prediction, options, self.manifest.decode)

    def join(
        self, photo: Photo, prediction: Prediction, options: ColorizeOptions = DEFAULT_OPTIONS
    ) -> pyvips.Image:
        """Join the decoded color, lazily, to the pixels of the photograph, as they are stored."""
        return _joined(photo, [self.linear_color(prediction, options)], options)

    def linear_color(
        self, prediction: Prediction, options: ColorizeOptions = DEFAULT_OPTIONS
    ) -> NDArray[np.float32]:
        """Decode to (h, w, 4), color as a linear function of lightness; see `upsampling`."""
        ab = self.decode(prediction, options)
        return linear_color(ab, prediction.lightness, _literal(prediction, options))

    def predict_lightness(
        self,
        lightness: NDArray[np.float32],
        size: tuple[int, int],
        name: str = "the photograph",
        *,
        flip_averaging: bool = False,
    ) -> Prediction:
        """Let the network look at lightness that is small already; see `predict_distribution`.

        Parameters
        ----------
        lightness : (h, w) float32 L* in [0, 100] at the working size, upright.
        size : height and width of the photograph itself.
        name : of the photograph, for messages.
        flip_averaging : see `ColorizeOptions`.
        """
        model = self.manifest
        padded = pad_to_multiple(lightness, model.input.multiple)
        gain = exposure_gain(lightness, model.input.exposure)
        prediction = Prediction(
            name,
            *size,
            lightness,
            answer=self._ask(padded, seen_side(size, lightness.shape), gain),
            cell=model.output.stride,
            exposure_gain=gain,
        )
        return self.average_mirrored(prediction) if flip_averaging else prediction

    def average_mirrored(self, prediction: Prediction) -> Prediction:
        """Average an answer with the network's answer to the mirror image, mirrored back."""
        # What was padded is mirrored with it, so that the cells lie on each other.
        size = prediction.height, prediction.width
        seen = seen_side(size, prediction.lightness.shape)
        mirrored = self._ask(prediction.padded_lightness[:, ::-1], seen, prediction.exposure_gain)
        answer = (prediction.answer + mirrored[:, ::-1]) * np.float32(0.5)
        return replace(prediction, answer=answer)

    def _ask(self, lightness: NDArray[np.float32], seen: float, gain: float) -> NDArray[np.float32]:
        """Run the network on a photograph whose `seen_side` is `seen`, exposed with a gain."""
        model = self.manifest
        answer = self.session.run(expose(lightness, gain))
        power = model.output.boldness * halvings_of(model.input.side, seen)
        calmed = calm(answer, power, model.decode.prior)
        cells = resize_array(lightness[..., None], *answer.shape[:2])[..., 0]
        return spare_highlights(calmed, cells, model.decode.temperature * model.decode.vividness)

    def working_size(self, height: int, width: int, side: int | None = None) -> tuple[int, int]:
        """Return the height and width at which the network sees a photograph; see `predict`."""
        side = side or default_side(height, width, self.manifest.input.side)
        return working_size(height, width, side)


def _literal(prediction: Prediction, options: ColorizeOptions) -> NDArray[np.bool_] | None:
    """Mark where a color was asked for, and not only predicted."""
    return hinted_places(prediction, options.hints) if options.hints else None


def _joined(
    photo: Photo, colors: Iterable[NDArray[np.float32]], options: ColorizeOptions
) -> pyvips.Image:
    """Join the color of each frame, from `linear_color`, to its pixels."""
    # What is converted to another profile shall not be rounded before that.
    frames = photo.split(photo.read(deep=options.profile != "srgb"))
    joined = (
        join_color(frame, to_stored(color, photo.orientation), options.strength)
        for frame, color in zip(frames, colors, strict=True)
    )
    return next(joined) if photo.frames == 1 else stack_frames(photo, joined)
