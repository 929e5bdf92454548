"""Files to photographs and back: the room that knows libvips."""

import logging

from autochrome.photo.arrays import from_array, resize_array, to_array
from autochrome.photo.cache import forget_operations
from autochrome.photo.metadata import Provenance, is_ours
from autochrome.photo.orientation import to_stored, to_upright
from autochrome.photo.output_profile import Profile
from autochrome.photo.preview import gray_preview, gray_region
from autochrome.photo.read import MAX_MEGAPIXELS, Photo, open_photo, photo_from_array
from autochrome.photo.stop import Stop, stoppable
from autochrome.photo.threads import limit_threads
from autochrome.photo.write import (
    WRITABLE_SUFFIXES,
    WriteOptions,
    check_destination,
    check_format,
    encode,
    write,
)

# libvips warns of odd files through this logger; without a handler that would reach the terminal.
logging.getLogger("pyvips").addHandler(logging.NullHandler())
logging.getLogger("autochrome").addHandler(logging.NullHandler())  # and so would our warnings

__all__ = [
    "MAX_MEGAPIXELS",
    "WRITABLE_SUFFIXES",
    "Photo",
    "Profile",
    "Provenance",
    "Stop",
    "WriteOptions",
    "check_destination",
    "check_format",
    "encode",
    "forget_operations",
    "from_array",
    "gray_preview",
    "gray_region",
    "is_ours",
    "limit_threads",
    "open_photo",
    "photo_from_array",
    "resize_array",
    "stoppable",
    "to_array",
    "to_stored",
    "to_upright",
    "write",
]
