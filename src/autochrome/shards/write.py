"""Pack photographs into Parquet shards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_folder, atomic_path, remove_abandoned
from autochrome.errors import AutochromeError, OutputError, PhotoMemoryError, UnreadablePhotoError
from autochrome.shards.decode import decode_rgb, encode_webp
from autochrome.shards.extra import import_extra
from autochrome.shards.folder import photograph_files, read_file
from autochrome.shards.photograph import Photograph

PHOTOGRAPHS_A_SHARD = 8192


def write_shards(
    photographs: Iterable[Photograph], output: Path, photographs_a_shard: int = PHOTOGRAPHS_A_SHARD
) -> list[Path]:
    """Write photographs to ``output/shard-00000.parquet``, and so on, whole or not at all.

    Parameters
    ----------
    photographs : if there is none, no folder is made.
    output : missing, or an empty folder; appears once all is written.
    photographs_a_shard : the last shard has fewer.

    Raises
    ------
    OutputError
        If `output` already holds shards or something else, or cannot be written.
    """
    remaining = iter(photographs)
    try:
        _check_free(output)
        first = next(remaining, None)
        if first is None:
            return []
        remaining = chain([first], remaining)
        remove_abandoned(output.resolve().parent)
        with atomic_folder(output.resolve()) as folder:
            groups = iter(lambda: list(islice(remaining, photographs_a_shard)), [])
            names = [
                _write_shard(rows, folder / f"shard-{number:05d}.parquet").name
                for number, rows in enumerate(groups)
            ]
    except OSError as error:
        raise OutputError(f"cannot write shards to {output}: {error}") from error
    return [output / name for name in names]


def _check_free(output: Path) -> None:
    """Refuse, before any work, what a new folder cannot take the place of."""
    if output.is_dir() and any(output.glob("*.parquet")):
        raise OutputError(f"{output} already holds shards", "Choose an empty folder")
    is_free = output.is_dir() and not os.path.ismount(output) and not any(output.iterdir())
    if output.exists() and not is_free:
        raise OutputError(
            f"{output} is not an empty folder that could be replaced",
            "Name a folder that is not there yet",
        )


def _write_shard(rows: list[Photograph], path: Path) -> Path:
    arrow = import_extra("pyarrow")
    parquet = import_extra("pyarrow.parquet")
    columns = {
        name: arrow.array([getattr(row, name) for row in rows], kind)
        for name, kind in (
            ("key", arrow.string()),
            ("source", arrow.string()),
            ("label", arrow.string()),
            ("image", arrow.binary()),
        )
    }
    with atomic_path(path) as temporary:
        # Encoded images do not compress again.
        parquet.write_table(arrow.table(columns), temporary, compression="none")
    return path


def pack_folder(
    folder: Path, output: Path, short_side: int = 144
) -> tuple[list[Path], list[AutochromeError]]:
    """Pack the photographs below a folder into shards, in sRGB and reduced to a short side.

    Color profiles are honored, and what is transparent is laid on white (`read_file`).

    Parameters
    ----------
    folder : searched with its sub-folders.
    output : missing, or an empty folder; appears once all is packed.
    short_side : pixels; larger photographs are reduced, smaller ones kept.

    Returns
    -------
    The shards written, none if no file could be read, and an error for each that could not.
    """
    failures: list[AutochromeError] = []

    def reduced() -> Iterator[Photograph]:
        for file in photograph_files(folder):
            try:
                photograph = read_file(file, folder)
                rgb = decode_rgb(photograph.image, photograph.key)
                image = encode_webp(reduce_to(rgb, short_side))
            except (UnreadablePhotoError, PhotoMemoryError) as error:
                failures.append(error)
                continue
            yield replace(photograph, image=image)

    return write_shards(reduced(), output), failures


def reduce_to(rgb: NDArray[np.uint8], short_side: int) -> NDArray[np.uint8]:
    """Reduce (H, W, 3) by area averaging so that the short side fits; never enlarge."""
    cv2 = import_extra("cv2")
    height, width = rgb.shape[:2]
    scale = short_side / min(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
