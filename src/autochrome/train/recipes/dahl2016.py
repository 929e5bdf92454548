"""Dahl 2016, *Automatic Colorization*: YUV chroma by L2, plain and blurred.

All else is the recipe `zhang2016`, so that the two differ by their systems only.

Command: ``autochrome train dahl2016 --data SHARDS --minutes M -o runs/dahl2016``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="dahl2016", system="dahl2016")
