"""The photographs that a model is measured on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.shards import (
    Photograph,
    count_photographs,
    decode_rgb,
    read_folder,
    read_photographs,
)
from autochrome.shards.folder import other_files


class PhotographSet:
    """Decoded photographs of shards and folders; can be walked as often as one likes.

    Parameters
    ----------
    paths : ``.parquet`` shards, folders of them, or folders of photographs.
    limit : stop after this many photographs; None takes all.

    Raises
    ------
    UsageError
        While walking: if a path does not exist or holds no photograph.
    UnreadablePhotoError
        While walking: if a shard or a photograph is damaged. None is skipped, for then the
        figures of two runs would not compare.
    MissingExtraError
        While walking: if pyarrow or OpenCV is not installed.
    """

    def __init__(self, paths: Sequence[Path], limit: int | None = None) -> None:
        self.paths = tuple(paths)
        self.limit = limit

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for photograph in self.encoded():
            yield decode_rgb(photograph.image, photograph.key)

    def __length_hint__(self) -> Any:  # int or NotImplemented
        if any(_is_photograph_folder(path) for path in self.paths):
            return NotImplemented  # unknown without listing the folder
        count = count_photographs(self.paths)
        return count if self.limit is None else min(count, self.limit)

    def encoded(self) -> Iterator[Photograph]:
        """Yield the same photographs as they are stored, each with its key and source."""
        return islice(self._read(), self.limit)

    def left_out(self) -> list[Path]:
        """List the files of the folders of photographs that are none by their names."""
        folders = filter(_is_photograph_folder, self.paths)
        return [file for folder in folders for file in other_files(folder)]

    def _read(self) -> Iterator[Photograph]:
        for path in self.paths:
            yield from (
                read_folder(path) if _is_photograph_folder(path) else read_photographs([path])
            )


def _is_photograph_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.glob("*.parquet"))
