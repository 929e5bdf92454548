"""Batches of lightness and target ab, each a pure function of seed and step.

That purity makes an interrupted run resume exactly, and lets each process of a distributed
run draw its own share without talking to the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from autochrome.data.augmentation import (
    age_photographs,
    expose_twice,
    mount_in_frames,
    underexpose,
)
from autochrome.data.store import PhotoStore
from autochrome.tensor_color import luminance, luminance_to_lightness, target_lab, uint8_to_linear


class Batch(NamedTuple):
    """Pictures, the color of their cells, and what they show.

    ``lightness`` (N, 1, H, W) L* in [0, 100]; ``lab`` (N, 3, H/4, W/4); ``label`` (N,) int64,
    an index into `PhotoStore.classes`, -1 where unknown; ``clean`` (N, 1, H, W), L* before
    ageing and without a frame, of a double exposure or a darker one if it is that; ``framed``
    (N, H/4, W/4) bool, the cells that a frame covers.
    """

    lightness: Tensor
    lab: Tensor
    label: Tensor
    clean: Tensor
    framed: Tensor


@dataclass(frozen=True)
class CropSettings:
    """How a photograph becomes a training picture.

    Parameters
    ----------
    side : pixels of the square training picture; a multiple of 8.
    min_scale : smallest window, as a share of the photograph's short side; the largest is 1.
    old_photograph_probability : how many pictures are aged (see `age_photographs`).
    frame_probability : how many pictures get a neutral frame (see `mount_in_frames`).
    num_copies : how often an aged picture is copied on film.
    double_exposure_probability : how many pictures have light of another (see `expose_twice`).
    underexposure_probability : how many pictures are darker (see `underexpose`).
    """

    side: int
    min_scale: float
    old_photograph_probability: float
    frame_probability: float = 0.0
    num_copies: int = 0
    double_exposure_probability: float = 0.0
    underexposure_probability: float = 0.0


@lru_cache(maxsize=2)
def _epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    return torch.randperm(count, generator=Generator().manual_seed(seed * 100_003 + epoch))


class BatchMaker:
    """Makes the batch of any step.

    Parameters
    ----------
    store : the photographs; batches are made on their device.
    settings : crop size, scale and ageing.
    batch_size : photographs in a batch of this process.
    seed : equal in all processes of a run.
    rank, world_size : this process among those of a distributed run.
    """

    def __init__(
        self,
        store: PhotoStore,
        settings: CropSettings,
        batch_size: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.store = store
        self.settings = settings
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.world_size = world_size

    def __call__(self, step: int) -> Batch:
        """Make the batch of a step."""
        device = self.store.pixels.device
        generator = Generator(device).manual_seed(self.seed_of(step))
        return self.make(self.indices(step).to(device), generator)

    def seed_of(self, step: int) -> int:
        """Return the seed of a step, of its own in each process."""
        return (self.seed * 1_000_003 + step) * self.world_size + self.rank

    def make(self, index: Tensor, generator: Generator) -> Batch:
        """Make a batch of the photographs `index` (N,), with all else drawn from `generator`."""
        linear = uint8_to_linear(self._crop(index, generator))
        if probability := self.settings.double_exposure_probability:
            linear = expose_twice(linear, probability, generator)
        if probability := self.settings.underexposure_probability:
            linear = underexpose(linear, probability, generator)
        clean = luminance_to_lightness(luminance(linear))
        probability = self.settings.old_photograph_probability
        num_copies = self.settings.num_copies
        lightness = age_photographs(linear, clean, probability, generator, num_copies)
        probability = self.settings.frame_probability
        lightness, lab, framed = mount_in_frames(
            lightness, target_lab(linear), probability, generator
        )
        return Batch(lightness, lab, self.store.labels[index], clean, framed)

    def indices(self, step: int) -> Tensor:
        """Walk through all photographs in a new random order each epoch."""
        count = len(self.store)
        first = (step * self.world_size + self.rank) * self.batch_size
        epochs = range(first // count, (first + self.batch_size - 1) // count + 1)
        orders = torch.cat([_epoch_order(count, self.seed, epoch) for epoch in epochs])
        return orders[first % count : first % count + self.batch_size]

    def _crop(self, index: Tensor, generator: Generator) -> Tensor:
        """Cut random square windows, flip half of them, resize bilinearly: (N, 3, S, S) uint8."""
        side = self.settings.side
        height = self.store.heights[index].float()
        width = self.store.widths[index].float()
        drawn = torch.rand(4, len(index), generator=generator, device=index.device)
        smallest = self.settings.min_scale
        window = torch.minimum(height, width) * (smallest + (1 - smallest) * drawn[0])
        centers = (torch.arange(side, device=index.device) + 0.5) / side
        y = ((height - window) * drawn[1])[:, None] + window[:, None] * centers - 0.5
        x = ((width - window) * drawn[2])[:, None] + window[:, None] * centers - 0.5
        x = torch.where(drawn[3, :, None] < 0.5, x.flip(1), x)
        return self._sample(index, y, x)

    def _sample(self, index: Tensor, y: Tensor, x: Tensor) -> Tensor:
        """Read rows `y` (N, S) and columns `x` (N, S) bilinearly."""
        last_row = self.store.heights[index, None] - 1
        last_column = self.store.widths[index, None] - 1
        top, left = y.floor(), x.floor()
        down, right = (y - top)[:, :, None, None], (x - left)[:, None, :, None]
        rows = [(top.long() + i).clamp(min=0).minimum(last_row) for i in (0, 1)]
        columns = [(left.long() + i).clamp(min=0).minimum(last_column) for i in (0, 1)]
        start = self.store.offsets[index, None]

        def read(row: Tensor, column: Tensor) -> Tensor:
            flat = (start + row * (last_column + 1))[:, :, None] + column[:, None, :]
            picked = self.store.pixels.index_select(0, flat.reshape(-1))
            return picked.view(*flat.shape, 3).float()

        above = read(rows[0], columns[0]).lerp(read(rows[0], columns[1]), right)
        below = read(rows[1], columns[0]).lerp(read(rows[1], columns[1]), right)
        return above.lerp(below, down).round().to(torch.uint8).permute(0, 3, 1, 2)
