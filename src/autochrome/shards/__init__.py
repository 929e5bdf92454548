"""Parquet shards of encoded photographs: read, write, decode.

Needs the ``evaluate`` extra (pyarrow, OpenCV); shards need no libvips, so that training runs
on machines without it. Reading a folder of photographs does: it knows color profiles.
"""

from autochrome.shards.decode import decode_rgb, encode_webp
from autochrome.shards.folder import read_folder
from autochrome.shards.photograph import Photograph
from autochrome.shards.read import count_photographs, read_photographs
from autochrome.shards.write import pack_folder, write_shards

__all__ = [
    "Photograph",
    "count_photographs",
    "decode_rgb",
    "encode_webp",
    "pack_folder",
    "read_folder",
    "read_photographs",
    "write_shards",
]
