"""Hints in a film: colors that a person knows, at places of a scene's first frame.

A hint is written ``SCENE:x,y=#rrggbb``, as ``2:50%,30%=#6090c0``. Scenes are counted from 1, as the
contact sheet numbers them; without a number it is the first. For the rest, and files of
hints, see `autochrome.pipeline.hints`.

How far hints reach is measured once, in the first frame. That moves with what it was
measured on, along optical flow, and reaches on from there into what has come into sight since. So
a hint stays on a thing that leaves the picture in part, the place of the hint itself included,
and its edges do not flicker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.pipeline import Hint, Prediction, parse_hint
from autochrome.pipeline.hints import read_lines
from autochrome.pipeline.regions import FAR, shorten_distances, smooth_grain
from autochrome.pipeline.spread import Reach, lay_hints, reach_of_hints
from autochrome.video.container.source import Clip
from autochrome.video.steady.cuts import is_blank, raise_contrast
from autochrome.video.steady.flow import agreement, fetch
from autochrome.video.steady.memory import KeyFrame

_SCENE = re.compile(r"\s*(?:(\d+)\s*:)?(.*)", re.ASCII | re.DOTALL)
_AGREED = 0.5  # agreement with the first frame, from which on nothing is doubted


@dataclass(frozen=True, slots=True)
class SceneHint:
    """The color of one place of a scene's first frame.

    Parameters
    ----------
    scene : which scene of the film, counted from 1.
    hint : the place and its color.

    Raises
    ------
    UsageError
        If there can be no such scene.
    """

    scene: int
    hint: Hint

    def __post_init__(self) -> None:
        if self.scene < 1:
            raise UsageError(f"There is no scene {self.scene}", "Scenes are counted from 1")


def parse_scene_hint(text: str) -> SceneHint:
    """Read a hint as it is written; raises UsageError if it is malformed."""
    match = _SCENE.fullmatch(text)
    assert match
    scene, hint = match.groups()
    return SceneHint(int(scene or 1), parse_hint(hint))


def read_scene_hints(path: Path) -> tuple[SceneHint, ...]:
    """Read a file of hints; raises UsageError as `autochrome.pipeline.read_hints` does."""
    return read_lines(path, parse_scene_hint)


def check_hints(hints: Sequence[SceneHint], clip: Clip) -> None:
    """Refuse hints outside the picture, before any work; raises UsageError."""
    for hint in hints:
        hint.hint.position(clip.height, clip.width, clip.name)


def unused_hints(hints: Sequence[SceneHint], scenes: int) -> tuple[str, ...]:
    """Warn of hints for scenes that a film with so many does not have."""
    missing = sorted({hint.scene for hint in hints if hint.scene > scenes})
    return tuple(f"There is no scene {scene}: its hints are not used" for scene in missing)


class HintPainter:
    """Lays hints over the color of key frames: a `Retouch`.

    Parameters
    ----------
    hints : of all scenes.
    """

    def __init__(self, hints: Sequence[SceneHint]) -> None:
        self._hints = hints
        self._measured: tuple[int, list[Reach]] | None = None  # of the scene that is being colored

    def __call__(
        self, scene: int, prediction: Prediction, ab: NDArray[np.float32], first: KeyFrame
    ) -> NDArray[np.float32]:
        """Return the (h, w, 2) ab of a key frame with the hints of its scene, counted from 0."""
        hints = [hint.hint for hint in self._hints if hint.scene == scene + 1]
        if not hints or is_blank(first.lightness):
            return ab
        if self._measured is None or self._measured[0] != scene:
            lit = raise_contrast(first.lightness)  # a scene may begin in the dark
            start = replace(prediction, lightness=lit, name=f"scene {scene + 1}")
            self._measured = scene, list(reach_of_hints(start, hints))
        smooth = smooth_grain(prediction.lightness)
        reaches = _carried(self._measured[1], first, prediction.lightness)
        return lay_hints(ab, smooth, reaches, hints)


def _carried(
    reaches: Sequence[Reach], first: KeyFrame, lightness: NDArray[np.float32]
) -> Iterable[Reach]:
    """Carry the reach of each hint from the first frame of a scene to the present one."""
    if first.lightness is lightness:
        return reaches
    trust = np.clip(agreement(lightness, first.lightness, first.places) / _AGREED, 0, 1)
    edges = smooth_grain(raise_contrast(lightness))

    def carry(reach: Reach) -> Reach:
        carried = fetch(reach.distance, first.places)
        new = shorten_distances(edges, carried + FAR * (1 - trust))
        distance = trust * carried + (1 - trust) * new
        return replace(reach, distance=distance.astype(np.float32))

    return map(carry, reaches)
