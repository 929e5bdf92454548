"""The flagship `lumiere`: rebalanced classification of 313 ab bins by a small residual U-Net.

For a graphics card; `lumiere_cpu` is the same for a processor.

Command: ``autochrome train lumiere --data SHARDS --minutes 8.2 --decay 0.6 -o runs/lumiere``

Measured, on one H200 (docs/training.md), 8.2 minutes, 6,812,160 photographs seen: see the model
card (src/autochrome/models/bundled/lumiere/CARD.md).
"""

from autochrome.train.config import TrainConfig


def recipe() -> TrainConfig:
    """Return the config."""
    return TrainConfig(
        recipe="lumiere",
        system="lumiere",
        crop_side=128,
        min_scale=0.4,
        old_photograph_probability=0.3,
        frame_probability=0.2,
        batch_size=384,
        optimizer="muon",
        learning_rate=3.5e-3,
        weight_decay=0.03,
        betas=(0.9, 0.98),
        warmup_steps=300,
        clip_norm=1.0,
        ema_decay=0.999,
        uniform_mixing=0.5,
    )
