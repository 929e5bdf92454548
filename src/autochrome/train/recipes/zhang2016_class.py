"""Zhang, Isola, Efros 2016, the variant without rebalancing ("classification" in its table 1).

All else is the recipe `zhang2016`.

Command: ``autochrome train zhang2016_class --data SHARDS --minutes M -o runs/zhang2016_class``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="zhang2016_class", uniform_mixing=1.0)
