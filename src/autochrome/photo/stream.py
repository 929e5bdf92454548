"""Files as libvips reads them."""

from __future__ import annotations

import mmap
import stat
from io import BytesIO
from pathlib import Path

import pyvips

from autochrome.photo.metadata.text import hide_chunks, too_long_for_png


def open_stream(source: Path | bytes) -> pyvips.Source:
    """Return a source for libvips, which does not see text that is too long in a PNG file.

    libvips unpacks all text before the pixels each time it opens a file, and keeps copies of it.
    """
    data: bytearray | mmap.mmap
    if isinstance(source, bytes):
        too_long = too_long_for_png(BytesIO(source))
        if not too_long:
            return pyvips.Source.new_from_memory(source)
        data = bytearray(source)
    else:
        with source.open("rb") as file:
            too_long = too_long_for_png(file)
            if not too_long:
                return _by_descriptor(source)
            # A copy only of what is changed: the file itself stays as it is.
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    hide_chunks(data, too_long)
    return pyvips.Source.new_from_memory(memoryview(data))


def _by_descriptor(path: Path) -> pyvips.Source:
    # Not by name: libvips takes brackets in it for options, and only UTF-8.
    with path.open("rb") as file:
        return pyvips.Source.new_from_descriptor(file.fileno())


def is_special_file(path: Path) -> bool:
    """Tell whether a path leads to another program, or a device, instead of a file or folder."""
    try:
        mode = path.stat().st_mode
    except OSError:  # whoever opens it hears why
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
