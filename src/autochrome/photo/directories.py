"""The directories of a TIFF: which of its images are pages, and whether all of them is there.

libvips counts every image of the main chain, the small copies in it too, leaves out those that
hang below another one, and takes what is missing at the end of a file for black. What an image
is for and where its pixels lie stands in its directory (TIFF 6.0, pages 13 and 36).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from autochrome.photo.ifd import Entry, IfdError, Layout, read_entries, read_header, take

_SUBFILE_TYPE, _OLD_SUBFILE_TYPE, _SUB_DIRECTORIES = 254, 255, 330
_WIDTH, _HEIGHT = 256, 257
_COMPRESSION, _PHOTOMETRIC = 259, 262
_JPEG, _YCBCR = (6, 7), 6
_EXTRA_SAMPLES = 338  # what each band beyond color is: 0 unspecified, 1 and 2 transparency
_PLACES = ((273, 279), (324, 325))  # offsets and byte counts, of strips and of tiles
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_OLD_REDUCED = 2  # value of SubfileType
_NUMBERS = {3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}  # the types in which these tags come
# What pixels mean: bits, palette, tables of JPEG, black and white of YCbCr, ICC profile.
_TABLES = (258, 320, 347, 529, 530, 532, 34675)
_MOST_DIRECTORIES = 100_000
_NONE = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class TiffImage:
    """What one image of a TIFF is for, and how large it is.

    Parameters
    ----------
    is_page : it is neither a small copy nor a transparency mask of another one.
    has_children : other images hang below it: small copies as a rule, in camera raw the full one.
    num_pixels : width times height; 0 if they are not plainly said.
    is_ycbcr : its numbers are Y, Cb and Cr, which libvips takes for RGB where JPEG does not bring
        them back.
    has_spare_bands : it has bands that are neither color nor transparency, and none of
        transparency.
    """

    is_page: bool
    has_children: bool
    num_pixels: int
    is_ycbcr: bool
    has_spare_bands: bool


def tiff_directories(file: BinaryIO) -> list[TiffImage]:
    """Read the main chain of directories, which ends where it would run in a circle.

    Raises
    ------
    ValueError
        If a directory, or pixels of which one speaks, lie beyond the end of the file.
    """
    file_size = file.seek(0, os.SEEK_END)
    layout, offset = read_header(file)
    seen: set[int] = set()
    directories = []
    while offset and offset not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(offset)
        entries, offset = read_entries(file, layout, offset)
        directories.append(_understood(file, layout, entries, file_size))
    return directories


Values = NDArray[np.uint64]


def _understood(
    file: BinaryIO, layout: Layout, entries: dict[int, Entry], file_size: int
) -> TiffImage:
    def values(tag: int) -> Values:
        entry = entries.get(tag)
        return _NONE if entry is None else _values(file, entry, layout)

    def first(tag: int) -> int:
        return int(next(iter(values(tag)), 0))

    if any(_end(values(starts), values(lengths)) > file_size for starts, lengths in _PLACES):
        raise IfdError("pixels are missing")
    tables = (entries[tag] for tag in _TABLES if tag in entries)
    if any(table.value_position(layout) + table.size(layout) > file_size for table in tables):
        raise IfdError("a table is missing")
    kind, extra = first(_SUBFILE_TYPE), values(_EXTRA_SAMPLES)
    is_part = bool(kind & (_REDUCED | _MASK)) or first(_OLD_SUBFILE_TYPE) == _OLD_REDUCED
    return TiffImage(
        is_page=not is_part,
        has_children=_SUB_DIRECTORIES in entries,
        num_pixels=first(_WIDTH) * first(_HEIGHT),
        has_spare_bands=bool(len(extra)) and not extra.any(),
        is_ycbcr=first(_PHOTOMETRIC) == _YCBCR and first(_COMPRESSION) not in _JPEG,
    )


def _values(file: BinaryIO, entry: Entry, layout: Layout) -> Values:
    """Return the numbers of an entry; none if it has others than these tags come in."""
    number = _NUMBERS.get(entry.kind(layout))
    if number is None:
        return _NONE
    data = take(file, entry.value_position(layout), entry.size(layout))
    return np.frombuffer(data, np.dtype(layout.order + number)).astype(np.uint64)


def _end(starts: Values, lengths: Values) -> int:
    """Return where the pixels end; 0 if that cannot be told."""
    if len(starts) != len(lengths) or not len(starts):
        return 0
    return int((starts + lengths).max())
