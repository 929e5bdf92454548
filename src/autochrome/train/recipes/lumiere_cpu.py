"""The flagship trained on a processor: small batches, and AdamW, whose steps cost next to nothing.

Command: ``autochrome train lumiere_cpu --data SHARDS --minutes 60 --decay 0.25 -o runs/cpu``

Measured, with a smaller network (widths 64, 128, 224; 4.46 M parameters), on two cores in three
parts, 224 minutes, 474,464 photographs seen: protocol ``shards``, 2,500 photographs, v = -0.5: AuC
90.0, rebalanced 69.2 (gray 89.2, 62.5), colorfulness 31.8 (truth 38.8).
"""

from dataclasses import replace

from autochrome.train.config import TrainConfig
from autochrome.train.recipes import lumiere


def recipe() -> TrainConfig:
    """Return the config."""
    return replace(
        lumiere.recipe(),
        recipe="lumiere_cpu",
        crop_side=112,
        min_scale=0.6,
        batch_size=32,
        optimizer="adamw",
        learning_rate=1.5e-3,
        weight_decay=0.02,
        warmup_steps=200,
        ema_decay=0.998,
    )
