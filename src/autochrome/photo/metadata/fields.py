"""Names of the fields of a libvips image: bytes, of which files choose some as they like.

pyvips takes them all for UTF-8, and fails where one is not.
"""

from __future__ import annotations

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
