"""The flagship once more, learning from itself and from another network beside the truth.

Begins from trained weights and needs teachers. As these know their photographs by heart, they are
asked about double exposures too. They see the photograph before it is aged; few are, for ageing is
what `lumiere_robust` has taught. Each cell of their answers weighs as in the loss, more where the
true color is rare. The rest is as in `lumiere_robust`.

Command: ``autochrome train lumiere_distilled --data SHARDS --init LUMIERE --teacher LUMIERE
--teacher weights/zhang2016 --steps 1150 --decay 1 -o runs/distilled``, where LUMIERE is a
weights.safetensors.

Measured, on one processor core, from the weights of `lumiere` 4.0, 51 minutes, 36,800 photographs
seen: the model card (src/autochrome/models/bundled/lumiere/CARD.md); docs/training.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere_robust


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        lumiere_robust.recipe(),
        recipe="lumiere_distilled",
        old_photograph_probability=0.15,
        num_copies=0,
        double_exposure_probability=0.4,
        underexposure_probability=0.2,
        distillation=20.0,
        distillation_rebalancing=True,
    )
