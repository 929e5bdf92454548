"""The flagship without residual connections, to see what they are good for.

All else is the recipe `lumiere`; the comparison trains both otherwise, in the conditions of
studies/comparison/conditions.py.

Command: ``autochrome train lumiere_plain --data SHARDS --minutes M -o runs/lumiere_plain``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(lumiere.recipe(), recipe="lumiere_plain", system="lumiere_plain")
