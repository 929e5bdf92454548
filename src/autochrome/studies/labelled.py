"""Photographs that say what they show, as equal squares in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from autochrome.errors import UsageError
from autochrome.evaluate import Protocol
from autochrome.shards import Photograph, decode_rgb, read_photographs
from autochrome.tensor_color import luminance, luminance_to_lightness, uint8_to_linear


@dataclass(frozen=True)
class LabelledSet:
    """Photographs of one source, with their labels.

    Parameters
    ----------
    pictures : (N, 3, S, S) uint8 sRGB.
    labels : (N,) int64, indices into `classes`.
    classes : the names of the labels, sorted.
    source : the collection that they come from.
    """

    pictures: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.labels)


class LabelledPhotographs:
    """The encoded photographs of one source that carry a label, of shards.

    Parameters
    ----------
    paths : Parquet shards, or folders of them.
    source : the collection to take; by default the one with the most labels.
    classes : take only these; all that occur by default.
    limit : take the first so many.

    Raises
    ------
    UsageError
        If there are none, or all are of one class.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        source: str | None = None,
        classes: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        labelled = [photograph for photograph in read_photographs(paths) if photograph.label]
        self.source = _choose_source(labelled, source, paths)
        self.photographs = [
            photograph
            for photograph in labelled
            if photograph.source == self.source and (not classes or photograph.label in classes)
        ][:limit]
        found = {str(photograph.label) for photograph in self.photographs}
        self.classes = tuple(classes or sorted(found))
        if len(found) < 2:
            raise UsageError(
                f"the photographs of source {self.source!r} in {_names(paths)} show "
                f"{len(found)} of the classes; at least 2 are needed",
                "Give more shards, a larger --limit, or another --labels SOURCE",
            )

    def load(self, side: int) -> LabelledSet:
        """Decode to squares of `side` pixels, resized and cropped as `evaluate.Protocol` does."""
        prepare = Protocol("labelled", side).prepare
        pictures = np.stack(
            [
                prepare(decode_rgb(photograph.image, photograph.key))
                for photograph in self.photographs
            ]
        )
        return LabelledSet(
            torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(),
            self.labels(),
            self.classes,
            self.source,
        )

    def labels(self) -> Tensor:
        """Return the index of each photograph's class, (N,) int64."""
        index = {name: number for number, name in enumerate(self.classes)}
        return torch.tensor([index[str(photograph.label)] for photograph in self.photographs])


def _choose_source(
    labelled: Sequence[Photograph], source: str | None, paths: Sequence[Path]
) -> str:
    counts = Counter(photograph.source for photograph in labelled)
    if not counts:
        raise UsageError(
            f"no photograph in {_names(paths)} carries a label",
            "Give shards whose column 'label' says what the photographs show",
        )
    if source is not None and source not in counts:
        raise UsageError(
            f"no photograph of source {source!r} in {_names(paths)} carries a label",
            f"Labelled: {', '.join(name for name, _ in counts.most_common())}",
        )
    return source or counts.most_common(1)[0][0]


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def to_lightness(pictures: Tensor) -> Tensor:
    """Convert (N, 3, H, W) uint8 sRGB to (N, 1, H, W) L*, exact and not aged."""
    return luminance_to_lightness(luminance(uint8_to_linear(pictures)))
