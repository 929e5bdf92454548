"""Zhang, Isola, Efros 2016 with one-hot targets in place of soft encoding.

All else is the recipe `zhang2016`.

Command: ``autochrome train zhang2016_onehot --data SHARDS --minutes M -o runs/zhang2016_onehot``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="zhang2016_onehot", num_neighbors=1)
