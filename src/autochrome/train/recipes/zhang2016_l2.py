"""Zhang, Isola, Efros 2016, the baseline: the same network with the L2 loss of equation 1.

All else is the recipe `zhang2016`.

Command: ``autochrome train zhang2016_l2 --data SHARDS --minutes M -o runs/zhang2016_l2``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="zhang2016_l2", system="zhang2016_l2")
