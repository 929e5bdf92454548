"""Pack photographs into Parquet shards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_path
from autochrome.errors import OutputError, UnreadablePhotoError
from autochrome.shards.decode import decode_rgb, encode_webp
from autochrome.shards.extra import import_extra
from autochrome.shards.photograph import Photograph
from autochrome.shards.read import read_folder

PHOTOGRAPHS_A_SHARD = 8192


def write_shards(
    photographs: Iterable[Photograph], output: Path, photographs_a_shard: int = PHOTOGRAPHS_A_SHARD
) -> list[Path]:
    """Write photographs to ``output/shard-00000.parquet``, and so on; each file atomically.

    Raises
    ------
    OutputError
        If `output` already holds shards, or cannot be written.
    """
    if output.is_dir() and any(output.glob("*.parquet")):
        raise OutputError(f"{output} already holds shards", "Choose an empty folder")
    written: list[Path] = []
    rows: list[Photograph] = []
    try:
        output.mkdir(parents=True, exist_ok=True)
        for photograph in photographs:
            rows.append(photograph)
            if len(rows) == photographs_a_shard:
                written.append(_write_shard(rows, output / f"shard-{len(written):05d}.parquet"))
                rows = []
        if rows:
            written.append(_write_shard(rows, output / f"shard-{len(written):05d}.parquet"))
    except OSError as error:
        raise OutputError(f"cannot write shards to {output}: {error}") from error
    return written


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
) -> tuple[list[Path], list[UnreadablePhotoError]]:
    """Pack the photographs below a folder into shards, reduced to a short side.

    Parameters
    ----------
    folder : searched with its sub-folders.
    output : a folder without shards; made if missing.
    short_side : pixels; larger photographs are reduced, smaller ones kept.

    Returns
    -------
    The shards written, and an error for each file that could not be read.
    """
    failures: list[UnreadablePhotoError] = []

    def reduced() -> Iterator[Photograph]:
        for photograph in read_folder(folder):
            try:
                rgb = decode_rgb(photograph.image, photograph.key)
                image = encode_webp(reduce_to(rgb, short_side))
            except UnreadablePhotoError as error:
                failures.append(error)
                continue
            yield Photograph(photograph.key, photograph.source, photograph.label, image)

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
