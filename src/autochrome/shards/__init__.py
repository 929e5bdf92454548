"""Parquet shards of encoded photographs: read, write, decode.

Needs the ``evaluate`` extra (pyarrow, OpenCV); imports no libvips, so that training runs
on machines without it.
"""

from autochrome.shards.decode import decode_rgb, encode_webp
from autochrome.shards.photograph import Photograph
from autochrome.shards.read import count_photographs, read_folder, read_photographs
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
