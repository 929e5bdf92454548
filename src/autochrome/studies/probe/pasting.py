"""Pictures whose object's place is known because it was put there.

A photograph of one class is pasted, reduced, at a random place onto one of another class.
The seam is feathered over a quarter of the pasted picture, and what is pasted was averaged
down before, so that neither an edge nor aliasing gives the place away: what is left is that
the content does not belong there, and is of another scale. One clue needs no understanding:
a small box is somewhat sharper than its surroundings and a large one softer. The random
network sees it too, so what colorization has taught is the difference to that.

A stand-in for detection (PASCAL VOC in Zhang 2016, table 2), which needs boxes that people
have drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from autochrome.studies.labelled import LabelledSet, to_lightness

SIDES = (0.3, 0.6)
"""Range of a box's width and height, as shares of the picture's side."""
_FEATHER = 0.25  # of the box's longer side; half of it inside the box, half outside
_AT_ONCE = 256


class Pasted(NamedTuple):
    """``lightness`` (N, 1, S, S) L*; ``boxes`` (N, 4) x0, y0, x1, y1 as shares of the side."""

    lightness: Tensor
    boxes: Tensor


def paste(photographs: LabelledSet, count: int, seed: int) -> Pasted:
    """Make `count` pictures of at least two classes of photographs."""
    generator = Generator().manual_seed(seed)
    background = torch.randint(len(photographs), (count,), generator=generator)
    foreground = _of_another_class(photographs.labels, background, generator)
    boxes = random_boxes(count, generator)
    parts = [
        blend(
            to_lightness(photographs.pictures[front]),
            to_lightness(photographs.pictures[back]),
            box,
        )
        for front, back, box in zip(
            torch.split(foreground, _AT_ONCE),
            torch.split(background, _AT_ONCE),
            torch.split(boxes, _AT_ONCE),
            strict=True,
        )
    ]
    return Pasted(torch.cat(parts), boxes)


def _of_another_class(labels: Tensor, index: Tensor, generator: Generator) -> Tensor:
    """Draw, for each photograph of `index`, one of another class."""
    drawn = torch.randint(len(labels), index.shape, generator=generator)
    while (same := labels[drawn] == labels[index]).any():
        drawn[same] = torch.randint(len(labels), (int(same.sum()),), generator=generator)
    return drawn


def random_boxes(count: int, generator: Generator) -> Tensor:
    """Draw boxes (N, 4) that lie within the picture."""
    drawn = torch.rand(2, count, 2, generator=generator)
    sizes = SIDES[0] + (SIDES[1] - SIDES[0]) * drawn[0]
    corners = (1 - sizes) * drawn[1]
    return torch.cat([corners, corners + sizes], 1)


def blend(foreground: Tensor, background: Tensor, boxes: Tensor) -> Tensor:
    """Lay L* (N, 1, S, S) over L* at boxes (N, 4); at the box's edge each counts half."""
    count, _, side, _ = background.shape
    centers, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    longer = sizes.amax(1, keepdim=True)
    pixels = (torch.arange(side, device=boxes.device) + 0.5) / side
    x = pixels - centers[:, :1]  # (N, S), from the box's center
    y = pixels - centers[:, 1:]
    alpha = _ramp(y, sizes[:, 1:], longer)[:, :, None] * _ramp(x, sizes[:, :1], longer)[:, None, :]
    # The feather shows the photograph's margin: it is laid out as much larger than the box.
    extent = longer * (1 + _FEATHER) / 2
    grid = torch.stack(
        [
            (x / extent)[:, None, :].expand(-1, side, -1),
            (y / extent)[:, :, None].expand(-1, -1, side),
        ],
        -1,
    )
    reduced = F.avg_pool2d(foreground, 2)
    laid = F.grid_sample(reduced, grid, padding_mode="border", align_corners=False)
    return torch.lerp(background, laid, alpha.view(count, 1, side, side))


def _ramp(distance: Tensor, size: Tensor, longer: Tensor) -> Tensor:
    """Fall smoothly from 1 to 0 around half the size away from the center."""
    t = (0.5 + (size / 2 - distance.abs()) / (_FEATHER * longer)).clamp(0, 1)
    return t * t * (3 - 2 * t)
