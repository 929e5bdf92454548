"""Examine a model: every photograph once through the network, then all figures at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import nlargest
from itertools import islice
from operator import attrgetter, length_hint
from pathlib import Path
from typing import TypeVar

import numpy as np

from autochrome.atomic import atomic_folder
from autochrome.errors import OutputError, UsageError
from autochrome.evaluate import PhotographSet, Protocol
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.studies.examination.decode_page import decode_page
from autochrome.studies.examination.decodings import choose_decodings
from autochrome.studies.examination.photograph import Examined, examine_photograph
from autochrome.studies.examination.plot import draw_decodings
from autochrome.studies.examination.results import Results
from autochrome.studies.examination.sheet import write_failures
from autochrome.studies.examination.skin import SKIN_SOURCES
from autochrome.studies.examination.skin_page import skin_page
from autochrome.studies.pages import write_results, write_text
from autochrome.train.folder import prepare_folder

NUM_SHOWN = 20
_AHEAD = 8  # photographs for each thread that are held at a time

T = TypeVar("T")
U = TypeVar("U")


def write_examination(
    output: Path,
    colorizer: Colorizer,
    photographs: PhotographSet,
    protocol: Protocol,
    *,
    skin_sources: Sequence[str] = SKIN_SOURCES,
    num_threads: int = 1,
    progress: Progress = no_progress,
) -> Results:
    """Examine a model, and write all that was found into a new folder, whole or not at all.

    The arguments are those of `examine`.

    Raises
    ------
    OutputError
        If the folder is there already, or cannot be written.
    """
    if output.exists():
        raise OutputError(f"{output} is there already", "Choose a new folder")
    prepare_folder(output.parent)
    results = examine(
        colorizer,
        photographs,
        protocol,
        skin_sources=skin_sources,
        num_threads=num_threads,
        progress=progress,
    )
    try:
        with atomic_folder(output) as folder:
            _write(folder, results)
    except OSError as error:
        raise OutputError(
            f"cannot write {output}: {error.strerror}", "Choose a folder that can be written"
        ) from error
    return results


def examine(
    colorizer: Colorizer,
    photographs: PhotographSet,
    protocol: Protocol,
    *,
    skin_sources: Sequence[str] = SKIN_SOURCES,
    num_threads: int = 1,
    progress: Progress = no_progress,
) -> Results:
    """Let the network look at every photograph, and measure its answers under every decoding.

    Parameters
    ----------
    colorizer : the model; with several threads its network should have one.
    photographs : to measure on.
    protocol : how they are prepared.
    skin_sources : the collections of faces in which skin is measured.
    num_threads : photographs at work at a time; the results do not depend on it.
    progress : shows how far it has come.

    Raises
    ------
    UsageError
        If the model has no distribution over colors, or there is no photograph.
    UnreadablePhotoError
        If one is damaged.
    """
    decodings = choose_decodings(colorizer.manifest, protocol.side)
    parts, grey, skin = [], [], []
    worst: list[Examined] = []
    blotchy: list[Examined] = []
    total = length_hint(photographs) or None
    encoded = progress(photographs.encoded(), total=total, description=protocol.name)
    for examined in _in_threads(
        lambda one: examine_photograph(one, colorizer, decodings, protocol, skin_sources),
        encoded,
        num_threads,
    ):
        parts.append(examined.parts)
        grey.append(examined.grey)
        if examined.skin:
            skin.append(examined.skin)
        # The pictures of all photographs would not fit in memory.
        worst = nlargest(NUM_SHOWN, [*worst, examined], key=attrgetter("ciede2000"))
        blotchy = nlargest(NUM_SHOWN, [*blotchy, examined], key=attrgetter("blotchiness"))
    if not parts:
        raise UsageError("there is no photograph to measure")
    return Results(
        colorizer.manifest,
        protocol,
        decodings,
        np.array(parts),
        np.array(grey),
        skin,
        tuple(skin_sources),
        worst,
        blotchy,
    )


def _in_threads(work: Callable[[T], U], items: Iterable[T], num_threads: int) -> Iterator[U]:
    """Yield the results in order; only a few items are held at a time."""
    waiting = iter(items)
    with ThreadPoolExecutor(num_threads) as pool:
        while batch := list(islice(waiting, _AHEAD * num_threads)):
            yield from pool.map(work, batch)


def _write(folder: Path, results: Results) -> None:
    write_results(folder, "decode", decode_page(results), results.decode_json())
    draw_decodings(folder / "decode.png", results)
    write_results(folder, "skin", skin_page(results), results.skin_json())
    write_text(folder / "failures.json", json.dumps(results.failures_json(), indent=1) + "\n")
    write_failures(folder / "worst.jpg", results.worst, "ciede2000", "CIEDE2000")
    write_failures(folder / "blotchy.jpg", results.blotchy, "blotchiness", "blotchiness")
