"""Fields that a libvips image has beside its pixels.

Their names are bytes, of which files choose some as they like. pyvips takes them all for UTF-8, and
fails where one is not.
"""

from __future__ import annotations

from typing import Any, cast

import pyvips


def field_names(image: pyvips.Image) -> list[bytes]:
    """Return the names of all fields."""
    array = pyvips.vips_lib.vips_image_get_fields(image.pointer)
    names: list[bytes] = []
    while array[len(names)] != pyvips.ffi.NULL:
        names.append(pyvips.ffi.string(array[len(names)]))
        pyvips.glib_lib.g_free(array[len(names) - 1])
    pyvips.glib_lib.g_free(array)
    return names


def without_fields(image: pyvips.Image, *prefixes: bytes) -> pyvips.Image:
    """Return the image without the fields whose names start so."""
    image = image.copy()
    for name in field_names(image):
        if name.startswith(prefixes):
            pyvips.vips_lib.vips_image_remove(image.pointer, name)
    return image


def stored_orientation(image: pyvips.Image) -> int:
    """Return how an image lies, 1 to 8 as in EXIF; 1 where nothing sensible is said."""
    orientation: Any = image.get("orientation") if image.get_typeof("orientation") else 1
    return orientation if 1 <= orientation <= 8 else 1


def set_blob(image: pyvips.Image, name: str, data: bytes) -> None:
    """Set a field of bytes, in place; the image must be a copy of one's own."""
    image.set_type(pyvips.GValue.blob_type, name, cast("Any", data))
