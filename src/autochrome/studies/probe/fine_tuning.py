"""Fine-tuning a backbone to classify, with few labels or all of them.

Starting from what colorization has taught it, or from random weights: the gain is what
labels need not teach.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn

from autochrome.progress import Progress
from autochrome.studies.classification import classify, seeded, train_classifier
from autochrome.studies.labelled import LabelledSet, to_lightness
from autochrome.studies.probe.blocks import BlockOutputs
from autochrome.studies.probe.linear import pooled

LABELS_PER_CLASS = (10, 30, 100)


class BlockClassifier(nn.Module):
    """(N, 1, H, W) L* to logits: a backbone up to a block, pooling, and a linear layer."""

    def __init__(self, backbone: nn.Module, block: str, side: int, num_classes: int) -> None:
        super().__init__()
        self.outputs = BlockOutputs(backbone, [block])
        self.block = block
        device = next(backbone.parameters()).device
        with torch.inference_mode():
            values = pooled(self.outputs(torch.zeros(2, 1, side, side, device=device))[block])
        self.norm = nn.BatchNorm1d(values.shape[1], affine=False)
        self.linear = nn.Linear(values.shape[1], num_classes)
        nn.init.zeros_(self.linear.weight)
        self.to(device)

    def forward(self, lightness: Tensor) -> Tensor:
        """Classify."""
        logits: Tensor = self.linear(self.norm(pooled(self.outputs(lightness)[self.block])))
        return logits


def affordable(photographs: LabelledSet) -> list[int]:
    """Choose the numbers of `LABELS_PER_CLASS` that all classes together can pay for."""
    return [
        count for count in LABELS_PER_CLASS if count * len(photographs.classes) < len(photographs)
    ]


def few_labels(photographs: LabelledSet, labels_per_class: int, seed: int) -> LabelledSet:
    """Draw at most so many photographs of each class."""
    generator = Generator().manual_seed(seed)
    order = torch.randperm(len(photographs), generator=generator)
    ordered = photographs.labels[order]
    kept = torch.cat(
        [order[ordered == label][:labels_per_class] for label in range(len(photographs.classes))]
    )
    return replace(
        photographs, pictures=photographs.pictures[kept], labels=photographs.labels[kept]
    )


def fine_tune(
    backbone: nn.Module,
    block: str,
    photographs: LabelledSet,
    validation: LabelledSet,
    photographs_seen: int,
    *,
    seed: int,
    progress: Progress,
) -> Tensor:
    """Train a copy of a backbone with labels; return the classes of `validation`, (N,)."""
    side, num_classes = photographs.pictures.shape[-1], len(photographs.classes)
    copied = copy.deepcopy(backbone)
    network = seeded(seed, lambda: BlockClassifier(copied, block, side, num_classes))
    train_classifier(
        network,
        photographs,
        photographs_seen,
        make_input=to_lightness,
        seed=seed,
        progress=progress,
        description=f"Fine-tuning on {len(photographs)}",
    )
    return classify(network, validation.pictures, to_lightness)
