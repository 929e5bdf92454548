"""Make a folder of pairs, and the page that shows them.

Source: Zhang, Isola, Efros 2016, section 3.1. Differences: one color copied from another
photograph is the check, as there; there are no practice pairs; a pair may be looked at for as
long as one likes, if one chooses so.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_path
from autochrome.color import rgb8_to_lab
from autochrome.errors import OutputError, UsageError
from autochrome.evaluate import FULL, Predict
from autochrome.evaluate.join import join
from autochrome.pipeline.source_color import measure_color
from autochrome.progress import Progress, no_progress
from autochrome.shards import encode_webp
from autochrome.studies.pairs.key import CHECK, KEY_FILE, Key, Pair, Side

PAGE_FILE = "index.html"
CHECK_EVERY = 10
_LOSSLESS = 101
_NAME_LENGTH = 12
_KEY_PLACE = "{{key}}"


def write_pairs(
    output: Path,
    models: Mapping[str, Predict],
    photographs: Iterable[NDArray[np.uint8]],
    *,
    count: int = 100,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Key, int]:
    """Write a page that shows photographs beside themselves colorized.

    Parameters
    ----------
    output : folder; must not exist, or be empty.
    models : by name; each colors an equal share of the photographs, no two of them the same one.
    photographs : (H, W, 3) uint8 sRGB each, prepared by the protocol ``full``. Gray ones are left
        out: beside itself colorized, such a photograph gives itself away.
    count : of pairs at most; one in ten is a check, for the color of another photograph.
    seed : of which photographs, models and sides.

    Returns
    -------
    The key, which is in the folder too, and how many gray photographs were left out. The same
    arguments give the same folder.

    Raises
    ------
    UsageError
        If there are fewer photographs in color, checks apart, than models, or fewer than two.
    OutputError
        If the folder holds something, or cannot be written.
    """
    _refuse_what_is_not_empty(output)
    generator = np.random.default_rng(seed)
    in_color = _InColor(photographs)
    chosen = draw_photographs(in_color, count, generator)
    if len(chosen) < 2 or len(chosen) - _num_checks(len(chosen)) < len(models):
        raise UsageError(
            f"photographs drawn: {len(chosen)}, gray ones left out: {in_color.num_gray}; "
            f"too few for {len(models)} of --model",
            "Give more of them, or a larger --count",
        )
    pairs = draw_pairs(list(models), len(chosen), generator)
    study = hashlib.sha256()
    try:
        for number, pair in progress(enumerate(pairs, 1), total=len(pairs), description="Pairs"):
            rgb, other = chosen[number - 1], chosen[number % len(chosen)]
            colorized = _colorized(rgb, pair.model, models, other)
            study.update(rgb.tobytes() + colorized.tobytes())
            _write_pair(output, number, pair, rgb, colorized)
        key = Key(study.hexdigest()[:_NAME_LENGTH], pairs)
        _write(output / KEY_FILE, key.to_json().encode())
        _write(output / PAGE_FILE, page(key).encode())
    except OSError as error:
        raise OutputError(
            f"Cannot write {output}: {error.strerror}", "Choose a folder that can be written"
        ) from error
    return key, in_color.num_gray


class _InColor:
    """Prepares the photographs of a stream that are in color, and counts the others."""

    def __init__(self, photographs: Iterable[NDArray[np.uint8]]) -> None:
        self._photographs = photographs
        self.num_gray = 0

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for photograph in map(FULL.prepare, self._photographs):
            if measure_color(rgb8_to_lab(photograph)).kind == "gray":
                self.num_gray += 1
            else:
                yield photograph


def _refuse_what_is_not_empty(output: Path) -> None:
    try:
        is_empty = not output.exists() or not any(output.iterdir())
    except OSError as error:
        raise OutputError(f"{output} cannot be a folder", "Choose a new folder") from error
    if not is_empty:
        raise OutputError(f"{output} is not empty", "Choose a new folder")


def draw_photographs(
    photographs: Iterable[NDArray[np.uint8]], count: int, generator: np.random.Generator
) -> list[NDArray[np.uint8]]:
    """Draw `count` photographs of a stream at random, in random order.

    Each is as likely as any other, and no more than `count` are kept (Vitter 1985,
    algorithm R).
    """
    kept: list[NDArray[np.uint8]] = []
    for index, photograph in enumerate(photographs):
        place = index if index < count else int(generator.integers(index + 1))
        if place < count:
            kept[place : place + 1] = [photograph]
    return [kept[index] for index in generator.permutation(len(kept))]


def draw_pairs(
    models: Sequence[str], count: int, generator: np.random.Generator
) -> tuple[Pair, ...]:
    """Draw sides, and models in equal shares; one pair in ten is a check."""
    num_checks = _num_checks(count)
    colored = [models[index % len(models)] for index in range(count - num_checks)]
    makers = generator.permutation(np.array([CHECK] * num_checks + colored, dtype=object))
    sides: list[Side] = ["left", "right"]
    return tuple(Pair(sides[generator.integers(2)], str(maker)) for maker in makers)


def _num_checks(count: int) -> int:
    return count // CHECK_EVERY


def page(key: Key) -> str:
    """Fill the page in. The key is in it, not to be read at a glance: a file cannot fetch one."""
    template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return template.replace(_KEY_PLACE, base64.b64encode(key.to_json().encode()).decode())


def _colorized(
    rgb: NDArray[np.uint8],
    model: str,
    models: Mapping[str, Predict],
    other: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    lightness = rgb8_to_lab(rgb)[..., 0].copy()
    ab = rgb8_to_lab(other)[..., 1:] if model == CHECK else models[model](lightness)
    return join(lightness, ab)


def _write_pair(
    output: Path,
    number: int,
    pair: Pair,
    photograph: NDArray[np.uint8],
    colorized: NDArray[np.uint8],
) -> None:
    sides: tuple[Side, Side] = ("left", "right")
    for side in sides:
        picture = photograph if side == pair.photograph else colorized
        _write(output / pair.picture(number, side), encode_webp(picture, _LOSSLESS))


def _write(path: Path, content: bytes) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
