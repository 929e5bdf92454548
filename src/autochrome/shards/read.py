"""Read photographs from Parquet shards or from a plain folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.shards.extra import import_extra
from autochrome.shards.photograph import Photograph

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
_ROWS_AT_ONCE = 256


def find_shards(paths: Sequence[Path]) -> list[Path]:
    """List the ``.parquet`` files named by, or directly inside, `paths`, sorted per folder.

    Raises
    ------
    UsageError
        If a path does not exist or there is no shard at all.
    """
    shards: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist")
        shards += sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not shards:
        raise UsageError(
            "no .parquet shard found", "Pack a folder of photographs: autochrome data pack FOLDER"
        )
    return shards


def _open_shard(path: Path) -> object:
    parquet = import_extra("pyarrow.parquet")
    arrow = import_extra("pyarrow")
    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowInvalid, OSError) as error:
        raise UnreadablePhotoError(f"{path} is not a readable Parquet shard: {error}") from error
    missing = {"key", "image"} - set(file.schema_arrow.names)
    if missing:
        raise UnreadablePhotoError(f"{path} lacks the column {', '.join(sorted(missing))}")
    return file


def count_photographs(paths: Sequence[Path]) -> int:
    """Count the rows of all shards without reading them."""
    return sum(_open_shard(path).metadata.num_rows for path in find_shards(paths))  # type: ignore[attr-defined]


def read_photographs(paths: Sequence[Path]) -> Iterator[Photograph]:
    """Yield the photographs of shards (files or folders of them), in order.

    Raises
    ------
    UsageError
        If there is no shard.
    UnreadablePhotoError
        If a shard is damaged or lacks the columns ``key`` and ``image``.
    """
    for path in find_shards(paths):
        file = _open_shard(path)
        names = [n for n in ("key", "source", "label", "image") if n in file.schema_arrow.names]  # type: ignore[attr-defined]
        try:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names):  # type: ignore[attr-defined]
                for row in batch.to_pylist():
                    yield Photograph(
                        row["key"], row.get("source") or path.stem, row.get("label"), row["image"]
                    )
        except OSError as error:  # pyarrow's own for damaged pages
            raise UnreadablePhotoError(f"{path} is damaged: {error}") from error


def _is_photograph(path: Path) -> bool:
    """Whether a path is a photograph by its name: not hidden, not one of our own results."""
    is_ours = re.search(r"\.color(-\d+)?$", path.stem) is not None
    known = path.suffix.lower() in PHOTO_SUFFIXES
    return known and not is_ours and not path.name.startswith(".") and path.is_file()


def read_folder(folder: Path) -> Iterator[Photograph]:
    """Yield the photographs below a folder, sorted by path; the key is the relative path.

    Raises
    ------
    UsageError
        If `folder` is not a folder or holds no photograph.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    files = sorted(p for p in folder.rglob("*") if _is_photograph(p))
    if not files:
        raise UsageError(f"{folder} holds no photograph", f"Known: {sorted(PHOTO_SUFFIXES)}")
    for file in files:
        yield Photograph(str(file.relative_to(folder)), folder.name, None, file.read_bytes())
