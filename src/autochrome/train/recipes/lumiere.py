"""The flagship `lumiere`: rebalanced classification of 313 ab bins by a small residual U-Net.

Command: ``autochrome train lumiere --data SHARDS --minutes 100 --decay 0.25 -o runs/lumiere``

Measured, on two CPU cores in three parts (docs/training.md), 224 minutes, 474,464 photographs
seen: protocol ``shards``, 2,500 photographs, v = -0.5: AuC 90.0, rebalanced 69.2
(gray 89.2, 62.5), colorfulness 31.8 (truth 38.8).
"""

from autochrome.train.config import TrainConfig


def recipe() -> TrainConfig:
    """Return the config."""
    return TrainConfig(
        recipe="lumiere",
        system="lumiere",
        crop_side=112,
        min_scale=0.6,
        old_photograph_probability=0.3,
        frame_probability=0.2,
        batch_size=32,
        learning_rate=1.5e-3,
        weight_decay=0.02,
        betas=(0.9, 0.98),
        warmup_steps=200,
        clip_norm=1.0,
        ema_decay=0.998,
        uniform_mixing=0.5,
    )
