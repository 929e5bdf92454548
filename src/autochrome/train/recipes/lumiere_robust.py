"""The flagship, made to answer to a damaged photograph as it does to the clean one.

Begins from trained weights, which are its teacher too. The truth counts next to nothing beside the
teacher, but in frames, where the teacher, which sees none, has no say. What it leaves is the mean
of the weights it began with and of those it came to.

Command: ``autochrome train lumiere_robust --data SHARDS --init LUMIERE --teacher LUMIERE
--steps 1200 --decay 1 -o runs/robust``, where LUMIERE is a weights.safetensors.

Measured, on two processor cores, from the weights of `lumiere` 3, 57 minutes, 38,400 photographs
seen: the model card (src/autochrome/models/bundled/lumiere/CARD.md); docs/training.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere_distilled


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        lumiere_distilled.recipe(),
        recipe="lumiere_robust",
        old_photograph_probability=0.7,
        num_copies=1,
        double_exposure_probability=0.0,
        underexposure_probability=0.0,
        distillation=50.0,
        distillation_rebalancing=False,
    )
