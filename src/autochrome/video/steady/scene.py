"""One scene: key frames that the network looks at, and the frames between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline import ColorizeOptions, Colorizer, Prediction
from autochrome.pipeline.decode import decode_cells
from autochrome.pipeline.upsampling import color_slope
from autochrome.video.steady.cuts import LONGEST_BLANK, Followed, is_blank
from autochrome.video.steady.flow import agreement, compose, fetch, identity
from autochrome.video.steady.memory import KeyFrame, average_answers, remember

T = TypeVar("T")

Retouch = Callable[[int, Prediction, NDArray[np.float32], KeyFrame], NDArray[np.float32]]
"""From a scene, a key frame of it, its (h, w, 2) ab and the first key frame as it is seen from
this one, to the ab that a person wants."""

INTERVAL = 5  # frames from one key frame to the next
AHEAD = 2  # key frames that are waited for before one is settled
_FADING = 0.98  # how much of a mean over the scene's key frames stays with each
_MAX_GAIN = 1.25  # of chroma
_SPARSE = 3  # one cell of so many, down and across, tells the chroma of a frame


@dataclass(frozen=True, eq=False)
class SceneState:
    """All that coloring needs to go on within a scene, from one of its key frames.

    Parameters
    ----------
    scene : which scene of the clip, from 0.
    number : which key frame of the scene comes next, from 0.
    memory : key frames before it, as they are seen from it.
    chroma : of the scene so far, of single answers and of averages; sums over key frames.
    """

    scene: int = 0
    number: int = 0
    memory: tuple[KeyFrame, ...] = ()
    chroma: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class FrameColor:
    """The color of one frame.

    Parameters
    ----------
    coefficients : (h, w, 4) float32, from `linear_color`: ab as a linear function of L*.
    scene : which scene of the clip, from 0.
    state : of a key frame: from here coloring can begin again. Of others None.
    """

    coefficients: NDArray[np.float32] = field(repr=False)
    scene: int
    state: SceneState | None = field(default=None, repr=False)


@dataclass(eq=False)
class _Frame(Generic[T]):
    """A frame, with the maps to its neighbors in time: `back` to the one before it."""

    item: T
    lightness: NDArray[np.float32]
    back: NDArray[np.float32]
    forth: NDArray[np.float32] | None = None


@dataclass(eq=False)
class _Key(Generic[T]):
    """A key frame to be settled, and the frames between the one before and it.

    `to_before` are the maps of those frames, and last of itself, to the key frame before;
    `from_before` those of that key frame, first, and of the frames between to itself.
    """

    frame: _Frame[T]
    key: KeyFrame
    prediction: Prediction
    between: list[_Frame[T]]
    to_before: list[NDArray[np.float32]]
    from_before: list[NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class _Settled:
    """A key frame whose color is decided: `color` is (h, w, 4), slopes by lightness and ab."""

    key: KeyFrame
    color: NDArray[np.float32]


class Scene(Generic[T]):
    """Colors the frames of one scene.

    Parameters
    ----------
    colorizer, options : how to color.
    size : height and width of the frames, in pixels.
    state : where to begin.
    retouch : what a person asks of the color of a key frame.
    ahead : key frames that are waited for before one is settled. With 0 it is settled at once,
        and the frames between two key frames wait for the second: at most `INTERVAL` - 1 frames.
    """

    def __init__(
        self,
        colorizer: Colorizer,
        options: ColorizeOptions,
        size: tuple[int, int],
        state: SceneState,
        retouch: Retouch | None = None,
        ahead: int = AHEAD,
    ) -> None:
        self.index = state.scene
        self._colorizer = colorizer
        self._options = options
        self._size = size
        self._ahead = ahead
        self._retouch = retouch
        self._number = state.number
        self._memory = state.memory
        self._chroma = state.chroma
        self._frames: list[_Frame[T]] = []  # since the last key frame, which is among them
        self._waiting: list[_Key[T]] = []  # key frames that are not settled
        self._settled: _Settled | None = None  # the last one

    @property
    def is_blank(self) -> bool:
        """Whether it is the black before a film, which has no number of its own; once finished."""
        return is_blank(self._memory[0].lightness)

    def push(self, frame: Followed[T]) -> Iterator[tuple[T, FrameColor]]:
        """Take the next frame, and give those whose color is settled by it.

        Parameters
        ----------
        frame : its `item` comes back with the color.
        """
        still = identity(*frame.lightness.shape)
        back, forth = frame.maps or (still, None)
        if self._frames:
            self._frames[-1].forth = forth
        self._frames.append(_Frame(frame.item, frame.lightness, back))
        due = len(self._frames) > INTERVAL and frame.shows
        if frame.maps is None or due or len(self._frames) > INTERVAL + LONGEST_BLANK:
            self._look()
            while len(self._waiting) > self._ahead:
                yield from self._settle()

    def finish(self) -> Iterator[tuple[T, FrameColor]]:
        """Give the rest."""
        if len(self._frames) > 1:  # the last key frame and what came after
            self._look()
        while self._waiting:
            yield from self._settle()

    def _look(self) -> None:
        """Let the network look at the last frame: it becomes a key frame."""
        *between, frame = self._frames
        prediction = self._colorizer.predict_lightness(
            frame.lightness, self._size, flip_averaging=self._options.flip_averaging
        )
        key = KeyFrame.present(self._number, frame.lightness, prediction.answer)
        to_before = _chain([later.back for later in self._frames[1:]])
        from_before = _chain([_forth(earlier) for earlier in reversed(between)])[::-1]
        self._waiting.append(_Key(frame, key, prediction, between[1:], to_before, from_before))
        self._frames = [frame]
        self._number += 1

    def _settle(self) -> Iterator[tuple[T, FrameColor]]:
        """Decide on the color of the key frame that has waited longest, and of those before it."""
        waiting = self._waiting.pop(0)
        key = waiting.key
        if key.number and self._settled:
            self._memory = tuple(old.seen_from(waiting.to_before[-1]) for old in self._memory)
        state = SceneState(self.index, key.number, self._memory, self._chroma)
        others = [*self._memory, *self._to_come(key)]
        exposure = self._colorizer.manifest.input.exposure
        key, shading = average_answers(key, others, waiting.prediction.cell, exposure)
        answer = key.answer(waiting.prediction.answer.shape[-1])
        averaged = replace(waiting.prediction, answer=answer)
        ab = self._vivid(waiting.prediction, averaged, shading)
        if self._retouch:
            first = self._memory[0] if self._memory else key
            ab = self._retouch(self.index, averaged, ab, first)
        color = np.concatenate([color_slope(ab, key.lightness), ab], axis=-1)
        settled = _Settled(key, color)
        yield from self._between(waiting, settled)
        yield waiting.frame.item, self._color(color.copy(), key.lightness, state)
        self._memory = remember(self._memory, settled.key)
        self._settled = settled

    def _vivid(
        self, single: Prediction, averaged: Prediction, shading: float
    ) -> NDArray[np.float32]:
        """Decode an average, and give back the chroma that averaging takes: as much everywhere."""
        ab = self._colorizer.decode(averaged, self._options) * np.float32(shading)
        self._chroma = (
            _FADING * self._chroma[0] + self._mean_chroma(single),
            _FADING * self._chroma[1] + shading * self._mean_chroma(averaged),
        )
        gain = self._chroma[0] / max(self._chroma[1], 1e-6)
        return ab * np.float32(np.clip(gain, 1, _MAX_GAIN))

    def _mean_chroma(self, prediction: Prediction) -> float:
        cells = prediction.answer[::_SPARSE, ::_SPARSE]
        ab = decode_cells(cells, self._options, self._colorizer.manifest.decode)
        return float(np.hypot(ab[..., 0], ab[..., 1]).mean())

    def _to_come(self, key: KeyFrame) -> Iterator[KeyFrame]:
        places = key.places
        for later in self._waiting:
            places = compose(places, later.from_before[0])
            yield replace(later.key, places=places)

    def _between(self, waiting: _Key[T], end: _Settled) -> Iterator[tuple[T, FrameColor]]:
        """Color the frames between two settled key frames by both."""
        start = self._settled
        if start is None:
            return
        for index, frame in enumerate(waiting.between):
            share = (index + 1) / (len(waiting.between) + 1)
            to_start, to_end = waiting.to_before[index], waiting.from_before[index + 1]
            color = _blend(frame.lightness, (start, to_start), (end, to_end), share)
            yield frame.item, self._color(color, frame.lightness)

    def _color(
        self,
        color: NDArray[np.float32],
        lightness: NDArray[np.float32],
        state: SceneState | None = None,
    ) -> FrameColor:
        """Write (h, w, 4) slopes and ab as coefficients; `color` is used up."""
        for band in range(2):
            color[..., 2 + band] -= color[..., band] * lightness
        return FrameColor(color, self.index, state)


def _forth(frame: _Frame[T]) -> NDArray[np.float32]:
    assert frame.forth is not None
    return frame.forth


def _chain(steps: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Compose each step with those before it: maps of 1, 2, ... steps back to the first."""
    chained: list[NDArray[np.float32]] = []
    for step in steps:
        chained.append(compose(step, chained[-1]) if chained else step)
    return chained


def _blend(
    lightness: NDArray[np.float32],
    start: tuple[_Settled, NDArray[np.float32]],
    end: tuple[_Settled, NDArray[np.float32]],
    share: float,
) -> NDArray[np.float32]:
    """Take color from both key frames, more from the nearer and from where lightness agrees."""
    weights, colors = [], []
    for (settled, places), nearness in ((start, 1 - share), (end, share)):
        agreed = agreement(lightness, settled.key.lightness, places)
        weights.append(np.float32(nearness) * (agreed + np.float32(1e-3)))
        colors.append(fetch(settled.color, places))
    towards_end = weights[1] / (weights[0] + weights[1])
    return np.asarray(colors[0] + towards_end[..., None] * (colors[1] - colors[0]))
