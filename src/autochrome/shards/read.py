"""Read photographs from Parquet shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.shards.extra import import_extra
from autochrome.shards.photograph import Photograph

_TEXT_COLUMNS = ("key", "source", "label")
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


def _open_shard(path: Path) -> Any:
    parquet = import_extra("pyarrow.parquet")
    arrow = import_extra("pyarrow")
    try:
        file = parquet.ParquetFile(path)
    except (arrow.ArrowInvalid, OSError) as error:
        raise UnreadablePhotoError(f"{path} is not a readable Parquet shard: {error}") from error
    missing = {"key", "image"} - set(file.schema_arrow.names)
    if missing:
        raise UnreadablePhotoError(f"{path} lacks the column {', '.join(sorted(missing))}")
    for field in file.schema_arrow:
        _check_column(path, field)
    return file


def _check_column(path: Path, field: Any) -> None:
    """Refuse a column of ours that holds something else, as ``image`` of Hugging Face does."""
    types = import_extra("pyarrow.types")
    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if field.name in _TEXT_COLUMNS:
        wanted, advice = "text or integers", "Write one text a photograph"
        known = ("string", "large_string", "string_view", "integer", "null")
    elif field.name == "image":
        wanted, advice = "binary", "Write the bytes of the image files themselves"
        known = ("binary", "large_binary", "binary_view", "fixed_size_binary", "null")
    else:
        return
    if not any(getattr(types, f"is_{name}")(kind) for name in known):
        raise UnreadablePhotoError(
            f"the column {field.name!r} of {path} is {field.type}, not {wanted}", advice
        )


def count_photographs(paths: Sequence[Path]) -> int:
    """Count the rows of all shards without reading them."""
    return sum(_open_shard(path).metadata.num_rows for path in find_shards(paths))


def read_photographs(paths: Sequence[Path]) -> Iterator[Photograph]:
    """Yield the photographs of shards (files or folders of them), in order.

    Raises
    ------
    UsageError
        If there is no shard.
    UnreadablePhotoError
        If a shard is damaged, lacks the columns ``key`` and ``image``, or has something else
        in one of them than text (integers become their text) or bytes.
    """
    for path in find_shards(paths):
        file = _open_shard(path)
        names = [n for n in (*_TEXT_COLUMNS, "image") if n in file.schema_arrow.names]
        try:
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names):
                for row in batch.to_pylist():
                    key, source, label = (_text(row.get(name)) for name in _TEXT_COLUMNS)
                    yield Photograph(key or "", source or path.stem, label, row["image"] or b"")
        except OSError as error:  # pyarrow's own for damaged pages
            raise UnreadablePhotoError(f"{path} is damaged: {error}") from error


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
