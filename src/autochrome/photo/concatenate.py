"""Several TIFFs as the pages of one, without decoding any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autochrome.errors import OutputError

_CLASSIC_BYTES = 4_000_000_000  # 32-bit offsets end a little later


def concatenate_tiffs(parts: Sequence[Path], destination: Path) -> None:
    """Make one TIFF of sound ones, a BigTIFF if need be; what they hold is copied in pieces.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    import tifftools

    directories: list[dict[str, Any]] = []
    for part in parts:
        # Read through a file: of a name, tifftools takes commas for places in the TIFF.
        with part.open("rb") as file:
            pages = tifftools.read_tiff(file)["ifds"]
        _point_to(pages, str(part))
        directories += pages
    num_bytes = sum(part.stat().st_size for part in parts)
    big = num_bytes > _CLASSIC_BYTES
    try:
        tifftools.write_tiff(directories, str(destination), bigtiff=big, allowExisting=True)
    except (OSError, tifftools.TifftoolsError) as error:
        raise OutputError(
            f"Cannot write to {destination.parent}: {error}", "Is the disk full?"
        ) from error


def _point_to(directories: list[dict[str, Any]], path: str) -> None:
    for directory in directories:
        directory["path_or_fobj"] = path
        for tag in directory["tags"].values():
            for below in tag.get("ifds", ()):
                _point_to(below, path)
