"""All training photographs, decoded once and kept as uint8 in one tensor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autochrome.color import ab_gamut, empirical_prior, rgb_to_lab, smooth_prior
from autochrome.errors import UsageError
from autochrome.progress import Progress, no_progress
from autochrome.shards import Photograph, count_photographs, decode_rgb, read_photographs

NEAR_GREY_AB = 5.0
"""A photograph whose |a| and |b| never exceed this teaches greyness (Zhang 2016, release)."""

_COLOR_STRIDE = 4  # every 4th pixel each way is plenty for the prior and the grey check
_AT_ONCE = 512


@dataclass(frozen=True)
class PhotoStore:
    """Photographs end to end in one tensor, on one device.

    Parameters
    ----------
    pixels : (P, 3) uint8 sRGB of all photographs, row by row.
    offsets : (N,) int64 first pixel of each.
    heights, widths : (N,) int64.
    labels : (N,) int64, what each shows: an index into `classes`, -1 where unknown.
    classes : the labels that occur, sorted.
    prior : (Q,) smoothed empirical prior of their colors.
    skipped : near-grey photographs left out.
    """

    pixels: Tensor
    offsets: Tensor
    heights: Tensor
    widths: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    prior: NDArray[np.float64]
    skipped: int

    def __len__(self) -> int:
        return len(self.offsets)

    def photograph(self, index: int) -> Tensor:
        """Return one photograph, (H, W, 3) uint8."""
        height, width = int(self.heights[index]), int(self.widths[index])
        start = int(self.offsets[index])
        return self.pixels[start : start + height * width].view(height, width, 3)

    def to(self, device: torch.device | str) -> PhotoStore:
        """Copy to a device."""
        moved = {
            field: getattr(self, field).to(device)
            for field in ("pixels", "offsets", "heights", "widths", "labels")
        }
        return replace(self, **moved)


class _Decoded(NamedTuple):
    rgb: NDArray[np.uint8]
    label: str | None
    bin_counts: NDArray[np.float64] | None  # None: near-grey


def _decode(photograph: Photograph) -> _Decoded:
    rgb = decode_rgb(photograph.image, photograph.key)
    sample = rgb[::_COLOR_STRIDE, ::_COLOR_STRIDE].astype(np.float32) / 255
    ab = rgb_to_lab(sample)[..., 1:]
    if np.abs(ab).max() <= NEAR_GREY_AB:
        return _Decoded(rgb, photograph.label, None)
    return _Decoded(rgb, photograph.label, empirical_prior(ab) * ab[..., 0].size)


def _decode_all(photographs: Iterable[Photograph], num_threads: int) -> Iterator[_Decoded]:
    """Decode on several threads, in order, a bounded number in flight."""
    photographs = iter(photographs)
    with ThreadPoolExecutor(num_threads) as pool:
        while group := list(islice(photographs, _AT_ONCE)):
            yield from pool.map(_decode, group)


class _Pixels:
    """A growing (P, 3) buffer; pages not yet written to cost no memory."""

    def __init__(self, num_pixels: int) -> None:
        self._buffer = np.empty((num_pixels, 3), np.uint8)
        self.used = 0

    def append(self, rgb: NDArray[np.uint8]) -> None:
        count = rgb.shape[0] * rgb.shape[1]
        if self.used + count > len(self._buffer):
            larger = np.empty(((self.used + count) * 5 // 4, 3), np.uint8)
            larger[: self.used] = self._buffer[: self.used]
            self._buffer = larger
        self._buffer[self.used : self.used + count] = rgb.reshape(-1, 3)
        self.used += count

    def tensor(self) -> Tensor:
        return torch.from_numpy(self._buffer[: self.used])


def load_store(
    shards: Sequence[Path],
    *,
    limit: int | None = None,
    num_threads: int = 2,
    progress: Progress = no_progress,
) -> PhotoStore:
    """Decode shards into memory, leaving out near-grey photographs.

    Parameters
    ----------
    shards : Parquet files, or folders of them.
    limit : use only the first so many photographs.
    num_threads : decoding threads.
    progress : reports photographs decoded.

    Raises
    ------
    UsageError
        If no color photograph is found.
    """
    total = min(count_photographs(shards), limit or 1 << 62)
    decoded = _decode_all(islice(read_photographs(shards), total), num_threads)
    pixels = _Pixels(total * 144 * 180)
    offsets, sizes, labels = [], [], []
    counts = np.zeros(ab_gamut().num_bins)
    skipped = 0
    for rgb, label, bin_counts in progress(decoded, total=total, description="Decoding"):
        if bin_counts is None:
            skipped += 1
            continue
        offsets.append(pixels.used)
        sizes.append(rgb.shape[:2])
        labels.append(label)
        pixels.append(rgb)
        counts += bin_counts
    if not offsets:
        raise UsageError("no color photograph in the training shards")
    heights, widths = torch.tensor(sizes).unbind(1)
    classes = tuple(sorted({label for label in labels if label is not None}))
    return PhotoStore(
        pixels=pixels.tensor(),
        offsets=torch.tensor(offsets),
        heights=heights,
        widths=widths,
        labels=torch.tensor([-1 if label is None else classes.index(label) for label in labels]),
        classes=classes,
        prior=smooth_prior(counts / counts.sum()),
        skipped=skipped,
    )
