"""Semantic interpretability: how well a classifier reads colorized photographs.

A classifier trained on color photographs judges photographs in gray, as each system colors
them, and in truth: colors that make a photograph more readable are the right ones for what
it shows. Source: Zhang, Isola, Efros 2016, section 3.2, where a VGG-16 trained on ImageNet
reads 52.7 % of photographs in gray, and 56.0 % colorized by the paper's system (table 1).

Differences: the classifier is a small residual network, trained here on the labelled
photographs only, so that its accuracy on the truth is a fraction of VGG's; it bounds what
colors can win. As there, it has never seen a gray photograph: what it loses without color
is partly information, partly that gray is foreign to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from autochrome.color import rgb8_to_lab
from autochrome.evaluate import SHARDS, Estimate, Predict, Protocol, grey
from autochrome.evaluate.join import join
from autochrome.progress import Progress, no_progress
from autochrome.shards import decode_rgb
from autochrome.studies.classification import (
    classify,
    color_input,
    hits,
    mean_estimate,
    seeded,
    train_classifier,
)
from autochrome.studies.labelled import LabelledPhotographs
from autochrome.studies.overlap import refuse_overlap
from autochrome.studies.pages import interval, table

GREY, TRUTH = "grey", "truth"
_WIDTHS = (32, 64, 128, 256)


class _Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016, figure 2), halving the grid."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(in_channels, out_channels, 3, 2, 1, bias=False)
        self.second = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.norm2(self.second(F.relu(self.norm1(self.first(x)))))
        # Rounded up, as the strided convolution does.
        return F.relu(out + self.shortcut(F.avg_pool2d(x, 2, ceil_mode=True)))


def color_classifier(num_classes: int) -> nn.Module:
    """Build a residual network of four blocks: (N, 3, H, W) to logits (N, num_classes)."""
    channels = (_WIDTHS[0], *_WIDTHS)
    blocks = [_Block(*pair) for pair in pairwise(channels)]
    return nn.Sequential(
        nn.Conv2d(3, _WIDTHS[0], 3, 1, 1, bias=False),
        nn.BatchNorm2d(_WIDTHS[0]),
        nn.ReLU(inplace=True),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(_WIDTHS[-1], num_classes),
    )


class Interpreted(NamedTuple):
    """Accuracy in percent, and its paired difference to the same photographs in gray."""

    accuracy: Estimate
    gain: Estimate


class InterpretResults(NamedTuple):
    """What a classifier reads, by system; grey comes first and truth last."""

    source: str
    num_classes: int
    num_training: int
    num_validation: int
    side: int
    photographs_seen: int
    seed: int
    systems: Mapping[str, Interpreted]

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes."""
        systems = {
            name: {"accuracy": read.accuracy._asdict(), "gain": read.gain._asdict()}
            for name, read in self.systems.items()
        }
        return self._asdict() | {"systems": systems}


def interpret(
    predictors: Mapping[str, Predict],
    training: LabelledPhotographs,
    validation: LabelledPhotographs,
    *,
    side: int,
    photographs_seen: int,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = no_progress,
) -> InterpretResults:
    """Train a classifier on color and let it judge what systems make of lightness.

    Parameters
    ----------
    predictors : the systems by name, grey and the truth apart, which are always judged.
    training, validation : photographs of the same source and classes.
    side : pixels of what the classifier sees; photographs are colored at 128.
    photographs_seen : by the classifier while it trains.

    Raises
    ------
    UsageError
        If training and validation share photographs.
    """
    refuse_overlap(training.photographs, validation.photographs)
    photographs = training.load(side)
    network = seeded(seed, lambda: color_classifier(len(training.classes))).to(device)
    train_classifier(
        network,
        photographs,
        photographs_seen,
        make_input=color_input,
        seed=seed,
        progress=progress,
        description="Training on color",
    )
    labels = validation.labels()
    right: dict[str, NDArray[np.float64]] = {}
    for name, predict in {GREY: grey, **predictors, TRUTH: None}.items():
        colored = progress(
            _colored(validation, predict, side), total=len(labels), description=f"Coloring: {name}"
        )
        pictures = torch.from_numpy(np.stack(list(colored))).permute(0, 3, 1, 2)
        right[name] = hits(classify(network, pictures, color_input), labels)
    return InterpretResults(
        source=training.source,
        num_classes=len(training.classes),
        num_training=len(photographs),
        num_validation=len(labels),
        side=side,
        photographs_seen=photographs_seen,
        seed=seed,
        systems={
            name: Interpreted(mean_estimate(values), mean_estimate(values - right[GREY]))
            for name, values in right.items()
        },
    )


def _colored(
    photographs: LabelledPhotographs, predict: Predict | None, side: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield photographs as a system colors them, (side, side, 3); None leaves them as they are."""
    prepare = Protocol("classifier", side).prepare
    for photograph in photographs.photographs:
        rgb = SHARDS.prepare(decode_rgb(photograph.image, photograph.key))
        if predict is not None:
            lightness = rgb8_to_lab(rgb)[..., 0]
            rgb = join(lightness, predict(lightness))
        yield prepare(rgb)


def interpret_page(results: InterpretResults) -> str:
    """Lay out the table as a Markdown page."""
    rows = [
        (name, interval(read.accuracy), "–" if name == GREY else interval(read.gain))
        for name, read in results.systems.items()
    ]
    return (
        "# Semantic interpretability\n\n"
        f"Top-1 accuracy, in percent, of a classifier that has learned {results.num_classes} "
        f"classes from {results.num_training:,} color photographs of {results.source} "
        f"({results.photographs_seen:,} photographs seen, {results.side} x {results.side} pixels, "
        f"seed {results.seed}), on {results.num_validation:,} others. In brackets: 95 % bootstrap "
        "intervals over the photographs; the gain is paired. Chance: "
        f"{100 / results.num_classes:.1f} %. The truth shows how good the classifier is, and so "
        "how much color can win; it has seen no gray photograph in training.\n\n"
        + table(("photographs", "accuracy", "gain over grey"), rows)
        + "\n"
    )
