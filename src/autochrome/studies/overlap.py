"""Nothing is measured on a photograph that was learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from autochrome.errors import UsageError
from autochrome.shards import Photograph


def refuse_overlap(training: Iterable[Photograph], validation: Iterable[Photograph]) -> None:
    """Make sure that nothing is measured on a photograph that was learned from.

    Raises
    ------
    UsageError
        If a photograph, byte for byte, is in both.
    """
    # Keys would not do: files of two folders may bear the same names.
    count = len(_digests(training) & _digests(validation))
    if count:
        raise UsageError(
            f"{count} of the photographs in --validation are in --data too",
            "Give others: what was learned by heart would count as understood",
        )


def _digests(photographs: Iterable[Photograph]) -> set[bytes]:
    return {hashlib.sha256(photograph.image).digest() for photograph in photographs}
