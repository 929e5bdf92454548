"""EXIF, XMP, IPTC and resolution: out of every format that is read, into every one written.

`read_metadata` before the work, `attach` before libvips writes, `finish` once it has.
"""

from autochrome.photo.metadata.provenance import Provenance, is_ours
from autochrome.photo.metadata.source import Metadata, read_metadata
from autochrome.photo.metadata.target import attach, finish

__all__ = ["Metadata", "Provenance", "attach", "finish", "is_ours", "read_metadata"]
