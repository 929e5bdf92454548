"""Which of the images in a file are pages or frames, and what of them is no photograph."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyvips

from autochrome.errors import UnreadablePhotoError
from autochrome.photo.directories import tiff_directories
from autochrome.photo.failure import damage
from autochrome.photo.gif import is_whole_gif


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a file.

    Parameters
    ----------
    numbers : of the images that are pages or frames; small copies and masks in a TIFF are none.
    with_spare_bands : those of them that have bands which are neither color nor transparency, as
        the infrared of a scanner.
    """

    numbers: tuple[int, ...] = (0,)
    with_spare_bands: frozenset[int] = frozenset()


def find_pages(image: pyvips.Image, source: Path | bytes, loader: str, name: str) -> Pages:
    """Look for the pages of a file that libvips has opened.

    Raises
    ------
    UnreadablePhotoError
        If it is cut short, has only small copies, or numbers that libvips takes for RGB.
    """
    count: Any = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if loader not in ("gifload", "webpload", "tiffload"):
        return Pages()
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        if loader == "gifload" and not is_whole_gif(file):
            raise damage(name, "its end is missing")
        if loader != "tiffload":
            return Pages(tuple(range(count)))
        try:
            directories = tiff_directories(file)[:count]
        except ValueError as error:
            raise damage(name, str(error)) from error
    pages = {index: found for index, found in enumerate(directories) if found.is_page}
    if not pages and any(found.has_children for found in directories):
        raise UnreadablePhotoError(
            f"{name} holds small copies only where its pages should be, as camera raw does",
            "Develop it to a 16-bit TIFF first (darktable, RawTherapee, dcraw -T -6)",
        )
    pages = pages or dict(enumerate(directories[:1]))
    if any(found.is_ycbcr for found in pages.values()):
        raise UnreadablePhotoError(
            f"{name} holds YCbCr numbers that are not compressed as JPEG", "Save it as RGB"
        )
    spare = frozenset(index for index, found in pages.items() if found.has_spare_bands)
    return Pages(tuple(pages) or (0,), spare)


def without_spare_bands(image: pyvips.Image) -> pyvips.Image:
    """Leave out the bands of a page that are neither color nor transparency."""
    num_colors = {"cmyk": 4, "b-w": 1, "grey16": 1}.get(str(image.interpretation), 3)
    return image.extract_band(0, n=min(num_colors, image.bands))
