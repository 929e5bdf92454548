"""The L2 baseline of Zhang 2016 with chroma of YUV as its target, to compare spaces.

All else is the recipe `zhang2016`.

Command: ``autochrome train zhang2016_l2_yuv --data SHARDS --minutes M -o runs/zhang2016_l2_yuv``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="zhang2016_l2_yuv", system="zhang2016_l2_yuv")
