"""Hwang, Zhou 2016: classification of u* and v* of CIELUV in 50 bins each, not rebalanced.

All else is the recipe `hwang2016_l2`.

Command: ``autochrome train hwang2016_class --data SHARDS --minutes M -o runs/hwang2016_class``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import hwang2016_l2


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        hwang2016_l2.recipe(),
        recipe="hwang2016_class",
        system="hwang2016_class",
        uniform_mixing=1.0,
        num_neighbors=1,
    )
