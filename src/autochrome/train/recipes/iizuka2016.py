"""Iizuka, Simo-Serra, Ishikawa 2016: global and local features, with scene classification.

Differences from the paper: the optimizer, crops, batch and averaged weights of the recipe
`zhang2016` in place of ADADELTA on crops of 224 in batches of 128; classes are the labels of
the shards; those of the network and of the loss stand in `autochrome.nn.backbones.iizuka2016`
and `autochrome.nn.heads.scene_regression`.

Command: ``autochrome train iizuka2016 --data SHARDS --minutes M -o runs/iizuka2016``
Measured: docs/comparison.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import zhang2016


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(zhang2016.recipe(), recipe="iizuka2016", system="iizuka2016")
