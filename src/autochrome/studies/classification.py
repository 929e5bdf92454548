"""Training a classifier of photographs, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from autochrome.evaluate.bootstrap import Estimate, bootstrap
from autochrome.progress import Progress, no_progress
from autochrome.studies.labelled import LabelledSet

BATCH_SIZE = 32
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.05
_MIN_WINDOW = 0.65  # of a picture's side


def color_input(pictures: Tensor) -> Tensor:
    """Scale (N, 3, H, W) uint8 sRGB to about [-2, 2]."""
    return (pictures.float() - 127.5) / 64


def seeded(seed: int, build: Callable[[], nn.Module]) -> nn.Module:
    """Build a network whose random weights depend on the seed only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def minimize(
    network: nn.Module,
    losses: Iterator[Tensor],
    num_steps: int,
    *,
    progress: Progress = no_progress,
    description: str = "Training",
) -> None:
    """Train by AdamW; the learning rate warms up over a tenth, then falls as a cosine.

    Parameters
    ----------
    losses : the loss of each batch, a scalar computed by `network` when asked for.
    """
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.99)
    )
    warmup = max(1, num_steps // 10)

    def rate(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 + 0.5 * math.cos(math.pi * (step - warmup) / max(1, num_steps - warmup))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    network.train()
    for _ in progress(range(num_steps), total=num_steps, description=description):
        loss = next(losses)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    network.eval()


def train_classifier(
    network: nn.Module,
    photographs: LabelledSet,
    photographs_seen: int,
    *,
    make_input: Callable[[Tensor], Tensor],
    seed: int,
    progress: Progress = no_progress,
    description: str = "Training",
) -> None:
    """Train a network by cross-entropy on random windows, half of them mirrored.

    Parameters
    ----------
    network : input to logits (N, classes); left in evaluation mode.
    photographs_seen : length of the training, rounded up to whole batches of 32.
    make_input : turns (N, 3, S, S) uint8 into the network's input, `color_input` or
        `to_lightness`.
    """
    device = next(network.parameters()).device
    generator = Generator().manual_seed(seed)

    def losses() -> Iterator[Tensor]:
        for index in batches(len(photographs), generator):
            windows = random_windows(photographs.pictures[index], generator).to(device)
            logits = network(make_input(windows))
            yield F.cross_entropy(logits, photographs.labels[index].to(device))

    num_steps = math.ceil(photographs_seen / BATCH_SIZE)
    minimize(network, losses(), num_steps, progress=progress, description=description)


def batches(count: int, generator: Generator) -> Iterator[Tensor]:
    """Yield the indices of batches without end, in a new order each epoch; all equally large."""
    rest = torch.empty(0, dtype=torch.int64)
    while True:
        while len(rest) < BATCH_SIZE:
            rest = torch.cat([rest, torch.randperm(count, generator=generator)])
        yield rest[:BATCH_SIZE]
        rest = rest[BATCH_SIZE:]


def random_windows(pictures: Tensor, generator: Generator) -> Tensor:
    """Cut a random square window out of each picture, enlarge it to all of it, mirror half."""
    count, _, side, _ = pictures.shape
    drawn = torch.rand(4, count, generator=generator)
    window = _MIN_WINDOW + (1 - _MIN_WINDOW) * drawn[0]
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = torch.where(drawn[1] < 0.5, window, -window)
    theta[:, 1, 1] = window
    theta[:, :, 2] = ((1 - window) * (2 * drawn[2:] - 1)).T
    grid = F.affine_grid(theta, [count, 1, side, side], align_corners=False)
    sampled = F.grid_sample(pictures.float(), grid, padding_mode="reflection", align_corners=False)
    return sampled.round().to(torch.uint8)


@torch.inference_mode()
def classify(
    network: nn.Module, pictures: Tensor, make_input: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return the likeliest class of each picture, (N,) int64."""
    device = next(network.parameters()).device
    chosen = [
        network(make_input(batch.to(device))).argmax(1).cpu()
        for batch in torch.split(pictures, BATCH_SIZE)
    ]
    return torch.cat(chosen)


def hits(predicted: Tensor, labels: Tensor) -> NDArray[np.float64]:
    """Return 100 where a prediction is right and 0 elsewhere, (N,): their mean is a percentage."""
    return 100 * (predicted == labels).double().numpy()


def mean_estimate(values: NDArray[np.float64]) -> Estimate:
    """Estimate the mean of the photographs' values (N,), with its 95 % bootstrap interval."""
    return bootstrap(values, np.ones(len(values)))
