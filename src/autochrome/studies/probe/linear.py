"""Linear probes: multinomial logistic regression on frozen features.

Sources: Alain, Bengio 2016 (arXiv 1610.01644); Zhang, Isola, Efros 2016, section 3.3; Zhang,
Isola, Efros 2017, *Split-Brain Autoencoders*, tables 2 to 4, whose top-1 accuracy on ImageNet
is, for conv1 to conv5 of an AlexNet:

================  ====  ====  ====  ====  ====
random weights    11.6  17.1  16.9  16.3  14.1
colorization      13.1  24.8  31.0  32.6  31.8
labels            19.3  36.3  44.2  48.3  50.5
================  ====  ====  ====  ====  ====

Differences: other networks, photographs and classes, so only the order of the rows compares;
features are averaged to about 1,500 values instead of 9,000.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from autochrome.studies.classification import BATCH_SIZE
from autochrome.studies.labelled import to_lightness
from autochrome.studies.probe.blocks import BlockOutputs

POOLED_VALUES = 1500
PIXELS = "pixels"
"""The lightness itself, as if it were a block."""
_WEIGHT_DECAYS = (1.0, 0.3, 0.1, 0.03, 0.01)
_ITERATIONS = 30
_HELD_OUT = 10  # one in so many training photographs chooses the weight decay


def pooled(features: Tensor) -> Tensor:
    """Average maps (N, C, h, w) to the square grid that leaves about 1,500 values, (N, D)."""
    grid = max(1, round((POOLED_VALUES / features.shape[1]) ** 0.5))
    return F.adaptive_avg_pool2d(features, min(grid, *features.shape[2:])).flatten(1)


@torch.inference_mode()
def pooled_outputs(network: BlockOutputs, pictures: Tensor) -> dict[str, Tensor]:
    """Return the pooled features (N, D) of each block, and of the pixels, on the CPU."""
    device = next(network.parameters()).device
    network.eval()
    parts: dict[str, list[Tensor]] = {}
    for batch in torch.split(pictures, BATCH_SIZE):
        lightness = to_lightness(batch.to(device))
        for name, features in {**network(lightness), PIXELS: lightness}.items():
            parts.setdefault(name, []).append(pooled(features).cpu())
    return {name: torch.cat(features) for name, features in parts.items()}


class Probed(NamedTuple):
    """Classes (M,) that a probe gives to other features, and how well it did on held-out ones."""

    predicted: Tensor
    held_out_accuracy: float
    weight_decay: float


def probe(features: Tensor, labels: Tensor, others: Tensor, num_classes: int, seed: int) -> Probed:
    """Fit a probe to features (N, D) and classify others (M, D).

    The weight decay is chosen on a random tenth of the features; the probe is then fitted to
    all of them.
    """
    mean, deviation = features.mean(0), features.std(0)
    scale = 1 / deviation.clamp(min=1e-6 + 1e-4 * float(deviation.max()))
    features, others = (features - mean) * scale, (others - mean) * scale
    order = torch.randperm(len(features), generator=Generator().manual_seed(seed))
    num_held_out = max(1, len(order) // _HELD_OUT)
    held_out, fitted = order[:num_held_out], order[num_held_out:]
    best = (-1.0, _WEIGHT_DECAYS[0])
    layer = _zeros(features.shape[1], num_classes)
    for weight_decay in _WEIGHT_DECAYS:  # each starts from the last
        _fit(layer, features[fitted], labels[fitted], weight_decay)
        right = layer(features[held_out]).argmax(1) == labels[held_out]
        best = max(best, (float(right.double().mean()), weight_decay))
    layer = _zeros(features.shape[1], num_classes)
    _fit(layer, features, labels, best[1])
    with torch.inference_mode():
        return Probed(layer(others).argmax(1), *best)


def _zeros(num_values: int, num_classes: int) -> nn.Linear:
    layer = nn.Linear(num_values, num_classes)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _fit(layer: nn.Linear, features: Tensor, labels: Tensor, weight_decay: float) -> None:
    optimizer = torch.optim.LBFGS(
        layer.parameters(), max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(layer(features), labels)
        loss = loss + weight_decay / 2 * layer.weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]
