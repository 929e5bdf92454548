"""Larsson, Maire, Shakhnarovich 2016: hypercolumns of VGG-16, histograms of hue and chroma.

Differences from the paper: the optimizer, crops, batch and averaged weights of the recipe
`zhang2016` in place of SGD from weights pretrained on ImageNet; those of the network and of
the targets stand in `autochrome.nn.backbones.larsson2016` and `autochrome.nn.heads.hue_chroma`.

Command: ``autochrome train larsson2016 --data SHARDS --minutes M -o runs/larsson2016``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="larsson2016", system="larsson2016")
