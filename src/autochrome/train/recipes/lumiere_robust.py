"""The flagship, made to answer to a damaged photograph as it does to the clean one.

Begins from trained weights, which are its teacher too. The truth counts next to nothing beside the
teacher, but in frames, where the teacher, which sees none, has no say. Batch norm keeps the
statistics it has from large batches, so that small ones do for a processor. What it leaves is the
mean of the weights it began with and of those it came to.

Command: ``autochrome train lumiere_robust --data SHARDS --init LUMIERE --teacher LUMIERE
--steps 1200 --decay 1 -o runs/robust``, where LUMIERE is a weights.safetensors.

Measured, on two processor cores, from the weights of `lumiere` 3, 57 minutes, 38,400 photographs
seen: the model card (src/autochrome/models/bundled/lumiere/CARD.md); docs/training.md.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        lumiere.recipe(),
        recipe="lumiere_robust",
        old_photograph_probability=0.7,
        num_copies=1,
        frame_probability=0.1,
        batch_size=32,
        optimizer="adamw",
        learning_rate=3e-4,
        weight_decay=0.01,
        betas=(0.9, 0.98),
        warmup_steps=50,
        ema_decay=0.998,
        distillation=50.0,
        freeze_batch_norm=True,
        initial_share=0.5,
    )
