"""All training photographs, decoded once and kept as uint8 in one tensor."""

from __future__ import annotations

from collections import deque
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

from autochrome.color import ab_gamut, empirical_prior, rgb8_to_lab, smooth_prior
from autochrome.errors import UsageError
from autochrome.progress import Progress, no_progress
from autochrome.shards import Photograph, count_photographs, decode_rgb, read_photographs

NEAR_GREY_AB = 5.0
"""A photograph whose |a| and |b| never exceed this teaches greyness (Zhang 2016, release)."""

_COLOR_STRIDE = 4  # every 4th pixel each way is plenty for the prior and the grey check
_GROUP = 64  # decoded at a time: enough for arithmetic to outweigh Python, few to wait for
_BLOCK_PIXELS = 1 << 24  # 48 MiB: so much goes back to the system when it is let go


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
    is_near_grey: bool


class _Group(NamedTuple):
    photographs: list[_Decoded]
    bin_counts: NDArray[np.float64]  # (Q,), of those that are not near-grey


def _decode_group(group: list[Photograph]) -> _Group:
    """Decode some photographs and count their colors, all at once: so threads seldom wait."""
    pictures = [decode_rgb(photograph.image, photograph.key) for photograph in group]
    samples = [rgb[::_COLOR_STRIDE, ::_COLOR_STRIDE].reshape(-1, 3) for rgb in pictures]
    sizes = np.array([len(sample) for sample in samples])
    ab = rgb8_to_lab(np.concatenate(samples))[:, 1:]
    first = np.concatenate([[0], sizes.cumsum()[:-1]])
    near_grey = np.maximum.reduceat(np.abs(ab).max(1), first) <= NEAR_GREY_AB
    colored = ab[~near_grey.repeat(sizes)]
    counts = (
        empirical_prior(colored) * len(colored) if len(colored) else np.zeros(ab_gamut().num_bins)
    )
    decoded = [
        _Decoded(rgb, photograph.label, bool(grey))
        for rgb, photograph, grey in zip(pictures, group, near_grey, strict=True)
    ]
    return _Group(decoded, counts)


def _decode_all(photographs: Iterable[Photograph], num_threads: int) -> Iterator[_Group]:
    """Decode on several threads, in order, a bounded number in flight."""
    remaining = iter(photographs)
    groups = iter(lambda: list(islice(remaining, _GROUP)), [])
    with ThreadPoolExecutor(num_threads) as pool:
        ahead = islice(groups, 3 * num_threads)
        in_flight = deque(pool.submit(_decode_group, group) for group in ahead)
        while in_flight:
            yield in_flight.popleft().result()
            in_flight.extend(pool.submit(_decode_group, group) for group in islice(groups, 1))


class _Pixels:
    """Pixels of photographs whose number is not known before, kept in blocks until then.

    Not one buffer: for small photographs it would be far too large from the start, and while
    it grew its content would lie in memory twice.
    """

    def __init__(self) -> None:
        self._full: deque[NDArray[np.uint8]] = deque()
        self._block = np.empty((0, 3), np.uint8)
        self._filled = 0
        self.used = 0

    def append(self, rgb: NDArray[np.uint8]) -> None:
        pixels = rgb.reshape(-1, 3)
        if self._filled + len(pixels) > len(self._block):
            self._full.append(self._block[: self._filled])
            # What stays empty at its end is never touched, and costs no memory.
            self._block = np.empty((max(_BLOCK_PIXELS, len(pixels)), 3), np.uint8)
            self._filled = 0
        self._block[self._filled : self._filled + len(pixels)] = pixels
        self._filled += len(pixels)
        self.used += len(pixels)

    def tensor(self) -> Tensor:
        """Join the blocks to (P, 3), and let each go as soon as it is copied."""
        self._full.append(self._block[: self._filled])
        self._block = np.empty((0, 3), np.uint8)
        joined, done = np.empty((self.used, 3), np.uint8), 0
        while self._full:
            block = self._full.popleft()
            joined[done : done + len(block)] = block
            done += len(block)
        return torch.from_numpy(joined)


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
    progress : reports groups of photographs decoded.

    Raises
    ------
    UsageError
        If no color photograph is found.
    """
    total = min(count_photographs(shards), limit or 1 << 62)
    groups = _decode_all(islice(read_photographs(shards), total), num_threads)
    pixels = _Pixels()
    offsets, sizes, labels = [], [], []
    counts = np.zeros(ab_gamut().num_bins)
    decoded = 0
    for group in progress(groups, total=-(-total // _GROUP), description="Decoding"):
        decoded += len(group.photographs)
        counts += group.bin_counts
        for rgb, label, is_near_grey in group.photographs:
            if is_near_grey:
                continue
            offsets.append(pixels.used)
            sizes.append(rgb.shape[:2])
            labels.append(label)
            pixels.append(rgb)
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
        skipped=decoded - len(offsets),
    )
