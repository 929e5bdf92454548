"""Regressing the box of a pasted picture from a block's features, frozen or trained.

For context: fine-tuned to detect on PASCAL VOC, the features of Zhang 2016 reach 46.9 % mean
average precision (table 2); what is measured here is easier, and its figures do not compare.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from autochrome.progress import Progress
from autochrome.studies.classification import BATCH_SIZE, batches, minimize, seeded
from autochrome.studies.probe.blocks import BlockOutputs
from autochrome.studies.probe.pasting import SIDES, Pasted

IOU_THRESHOLD = 0.5
"""Above it a box counts as found (PASCAL VOC)."""
_GRID = 6  # cells a side that the regressor sees
_CHANNELS = 64
FROZEN_EPOCHS = 20
"""Times that a regressor on a frozen backbone sees each picture."""


class BoxRegressor(nn.Module):
    """A block's features (N, C, 6, 6) to boxes (N, 4): one convolution and a linear layer."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.convolution = nn.Conv2d(channels, _CHANNELS, 3, padding=1)
        self.linear = nn.Linear(_CHANNELS * _GRID**2, 4)
        nn.init.zeros_(self.linear.weight)
        with torch.no_grad():
            self.linear.bias.copy_(torch.tensor([0.275, 0.275, 0.725, 0.725]))

    def forward(self, cells: Tensor) -> Tensor:
        """Regress."""
        features = F.relu(self.convolution(self.norm(cells)))
        boxes: Tensor = self.linear(features.flatten(1))
        return boxes


class BlockLocalizer(nn.Module):
    """(N, 1, H, W) L* to boxes (N, 4), through a block of a backbone."""

    def __init__(self, backbone: nn.Module, block: str) -> None:
        super().__init__()
        self.outputs = BlockOutputs(backbone, [block])
        self.block = block
        device = next(backbone.parameters()).device
        with torch.inference_mode():
            channels = self.cells(torch.zeros(2, 1, 64, 64, device=device)).shape[1]
        self.regressor = BoxRegressor(channels).to(device)

    def cells(self, lightness: Tensor) -> Tensor:
        """Return the block's features on the regressor's grid."""
        return F.adaptive_avg_pool2d(self.outputs(lightness)[self.block], _GRID)

    def forward(self, lightness: Tensor) -> Tensor:
        """Regress."""
        boxes: Tensor = self.regressor(self.cells(lightness))
        return boxes


def localize_frozen(
    backbone: nn.Module,
    block: str,
    training: Pasted,
    validation: Pasted,
    *,
    seed: int,
    progress: Progress,
) -> Tensor:
    """Train a regressor on a frozen backbone for `FROZEN_EPOCHS`; return boxes of `validation`."""
    backbone.eval()
    network = seeded(seed, lambda: BlockLocalizer(backbone, block))
    assert isinstance(network, BlockLocalizer)
    cells = _answers(network.cells, training.lightness, network)
    steps = math.ceil(FROZEN_EPOCHS * len(cells) / BATCH_SIZE)
    _train(network.regressor, cells, training.boxes, steps, seed, progress)
    return _answers(
        network.regressor, _answers(network.cells, validation.lightness, network), network
    )


def localize_end_to_end(
    backbone: nn.Module,
    block: str,
    training: Pasted,
    validation: Pasted,
    photographs_seen: int,
    *,
    seed: int,
    progress: Progress,
) -> Tensor:
    """Train a copy of the backbone together with a regressor; return boxes of `validation`."""
    copied = copy.deepcopy(backbone)
    network = seeded(seed, lambda: BlockLocalizer(copied, block))
    steps = math.ceil(photographs_seen / BATCH_SIZE)
    _train(network, training.lightness, training.boxes, steps, seed, progress)
    return _answers(network, validation.lightness, network)


def _train(
    network: nn.Module, inputs: Tensor, boxes: Tensor, steps: int, seed: int, progress: Progress
) -> None:
    device = next(network.parameters()).device
    generator = Generator().manual_seed(seed)

    def losses() -> Iterator[Tensor]:
        for index in batches(len(inputs), generator):
            yield F.l1_loss(network(inputs[index].to(device)), boxes[index].to(device))

    minimize(network, losses(), steps, progress=progress, description="Localizing")


@torch.inference_mode()
def _answers(function: Callable[[Tensor], Tensor], inputs: Tensor, network: nn.Module) -> Tensor:
    device = next(network.parameters()).device
    return torch.cat(
        [function(batch.to(device)).cpu() for batch in torch.split(inputs, BATCH_SIZE)]
    )


def constant_box(boxes: Tensor) -> Tensor:
    """Return the centered square (4,) that overlaps boxes (N, 4) best.

    Boxes lie anywhere alike, so no other constant box does better.
    """
    halves = torch.linspace(SIDES[0], 1, 36) / 2
    squares = torch.stack([0.5 - halves, 0.5 - halves, 0.5 + halves, 0.5 + halves], 1)
    return squares[iou(squares[:, None], boxes[None]).mean(1).argmax()]


def iou(boxes: Tensor, others: Tensor) -> Tensor:
    """Return intersection over union of boxes (..., 4), x0, y0, x1, y1; one inside out is empty."""
    low = torch.maximum(boxes[..., :2], others[..., :2])
    high = torch.minimum(boxes[..., 2:], others[..., 2:])
    intersection = (high - low).clamp(min=0).prod(-1)
    union = _area(boxes) + _area(others) - intersection
    return torch.where(union > 0, intersection / union.clamp(min=1e-12), 0.0)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
