"""Show photographs before and after on one sheet.

::

    python examples/contact_sheet.py samples demo demo/contact_sheet.jpg
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pyvips

COLUMNS = 2
GAP = 8


def contact_sheet(pairs: Sequence[tuple[Path, Path]], path: Path, side: int = 400) -> None:
    """Write a sheet with every photograph beside its colorized copy.

    Parameters
    ----------
    pairs : (before, after) files.
    path : the sheet; its suffix chooses the format.
    side : width and height in pixels of the cell that a photograph is fitted into.
    """
    cells = [_cell(photo, side) for pair in pairs for photo in pair]
    across = min(2 * COLUMNS, len(cells))
    sheet = pyvips.Image.arrayjoin(cells, across=across, shim=GAP, background=[255, 255, 255])
    sheet.write_to_file(str(path))


def _cell(photo: Path, side: int) -> pyvips.Image:
    fitted = pyvips.Image.thumbnail(str(photo), side, height=side).colourspace("srgb")
    if fitted.hasalpha():
        fitted = fitted.flatten(background=[255, 255, 255])
    return fitted.gravity("centre", side, side, extend="white")


def main() -> None:
    """Pair the photographs of a folder with their colorized copies in another."""
    before, after, sheet = map(Path, sys.argv[1:])
    pairs = [(photo, after / f"{photo.stem}.color.jpg") for photo in sorted(before.glob("*.jpg"))]
    contact_sheet(pairs, sheet)
    print(f"Before and after: {sheet.resolve()}")


if __name__ == "__main__":
    main()
