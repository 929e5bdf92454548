"""One photograph as it stands in a shard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Photograph:
    """An encoded photograph and where it comes from.

    Parameters
    ----------
    key : unique name.
    source : collection the photograph comes from.
    label : what it shows, if the source says so.
    image : encoded bytes (WebP, JPEG, PNG, ...), sRGB.
    """

    key: str
    source: str
    label: str | None
    image: bytes
