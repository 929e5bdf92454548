"""The flagship once more, learning from itself and from another network beside the truth.

Begins from trained weights and needs teachers. Batch norm keeps the statistics it has from large
batches, so that small ones do for a processor.

Command: ``autochrome train lumiere_distilled --data SHARDS --init LUMIERE --teacher LUMIERE
--teacher ZHANG2016 --steps 1600 --decay 1 -o runs/distilled``, where both are weights.safetensors.

Measured, on two processor cores, 58,880 photographs seen: docs/training.md. Not released.
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        lumiere.recipe(),
        recipe="lumiere_distilled",
        frame_probability=0.1,
        batch_size=32,
        optimizer="adamw",
        learning_rate=4e-4,
        weight_decay=0.01,
        betas=(0.9, 0.999),
        warmup_steps=50,
        ema_decay=0.998,
        distillation=10.0,
        freeze_batch_norm=True,
    )
