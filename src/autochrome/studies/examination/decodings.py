"""The ways of decoding that are measured."""

from __future__ import annotations

from typing import NamedTuple

from autochrome.errors import UsageError
from autochrome.models import Manifest
from autochrome.pipeline import ColorizeOptions
from autochrome.pipeline.prepare import default_side
from autochrome.pipeline.presets import VIVIDNESS_OFFSETS

TEMPERATURES = (0.2, 0.3, 0.38, 0.5, 0.7, 1.0)
VIVIDNESS_STEPS = (-0.4, -0.3, -0.2, -0.1, 0.0, 0.05, 0.1)  # from the model's own
WORKING_SIDES = (128, 160, 192, 256)
_DECIMALS = 6  # of the grid's numbers: sums must find the point that they mean


class Decoding(NamedTuple):
    """A way of decoding.

    ``temperature`` and ``vividness`` are those of `color.decode_logits`, ``working_side`` is in
    pixels; ``mirrored`` averages the logits with those of the photograph's mirror image.
    """

    temperature: float
    vividness: float
    working_side: int
    mirrored: bool = False

    @property
    def options(self) -> ColorizeOptions:
        """The same as a person would ask for it, `mirrored` apart."""
        return ColorizeOptions(
            temperature=self.temperature, vividness=self.vividness, working_side=self.working_side
        )


class Decodings(NamedTuple):
    """All ways of decoding a model that are measured.

    ``own`` is the model's default and ``presets`` what the presets make of it; ``grid`` has both
    and goes through temperature and vividness at the model's working side, ``sides`` through
    working sides at its default; ``mirrored`` repeats the presets with the mirror image.
    """

    own: Decoding
    presets: dict[str, Decoding]
    grid: tuple[Decoding, ...]
    sides: tuple[Decoding, ...]
    mirrored: tuple[Decoding, ...]

    @property
    def all(self) -> tuple[Decoding, ...]:
        """Every one of them, once."""
        return tuple(dict.fromkeys([*self.grid, *self.sides, *self.mirrored]))


def choose_decodings(manifest: Manifest, photograph_side: int) -> Decodings:
    """Lay out the grid for a model and square photographs of a side.

    The model's own temperature, presets and side are always in it.

    Raises
    ------
    UsageError
        If the model has no distribution over colors: there is nothing to choose.
    """
    defaults = manifest.decode
    if defaults.kind == "direct":
        raise UsageError(
            f"The model {manifest.name} predicts one color a place, not a distribution: there is "
            "no decoding to choose",
            "Measure it with 'autochrome evaluate'",
        )
    temperature = round(defaults.temperature, _DECIMALS)
    side = default_side(photograph_side, photograph_side, manifest.input.side)
    own = Decoding(temperature, round(defaults.vividness, _DECIMALS), side)
    presets = {
        name: own._replace(vividness=_within(defaults.vividness + offset))
        for name, offset in VIVIDNESS_OFFSETS.items()
    }
    temperatures = sorted({*TEMPERATURES, temperature})
    steps = {*VIVIDNESS_STEPS, *VIVIDNESS_OFFSETS.values()}
    vividnesses = sorted({_within(defaults.vividness + step) for step in steps})
    sides = sorted({*WORKING_SIDES, side})
    return Decodings(
        own,
        presets,
        tuple(Decoding(t, v, side) for t in temperatures for v in vividnesses),
        tuple(own._replace(working_side=s) for s in sides),
        tuple(preset._replace(mirrored=True) for preset in presets.values()),
    )


def _within(vividness: float) -> float:
    return round(min(1.0, max(-1.0, vividness)), _DECIMALS)
