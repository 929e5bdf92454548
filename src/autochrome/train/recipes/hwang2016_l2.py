"""Hwang, Zhou 2016, the baseline: u* and v* of CIELUV by L2.

All else is the recipe `zhang2016`, so that the two differ by their systems only.

Command: ``autochrome train hwang2016_l2 --data SHARDS --minutes M -o runs/hwang2016_l2``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="hwang2016_l2", system="hwang2016_l2")
