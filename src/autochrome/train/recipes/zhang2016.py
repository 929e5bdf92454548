"""Zhang, Isola, Efros 2016: the paper's network and loss.

Differences from the paper, for a small budget: AdamW at 1e-3 with warm-up and averaged
weights in place of Adam at 3e-5 for 450,000 iterations; crops of 128 in place of 176, the
size of the photographs at hand; batch 32 in place of 40. Same targets (5 neighbours,
sigma 5), same rebalancing (lambda 0.5), same betas for the second moment.

Command: ``autochrome train zhang2016 --data SHARDS --minutes M -o runs/zhang2016``
Measured, at a quarter of its width: docs/comparison.md. At full width it is not trained here yet.
"""

from autochrome.train.config import TrainConfig


def recipe() -> TrainConfig:
    """Return the config."""
    return TrainConfig(
        recipe="zhang2016",
        system="zhang2016",
        crop_side=128,
        min_scale=0.6,
        old_photograph_probability=0.0,
        frame_probability=0.0,
        batch_size=32,
        learning_rate=1e-3,
        weight_decay=1e-3,
        betas=(0.9, 0.99),
        warmup_steps=500,
        clip_norm=1.0,
        ema_decay=0.999,
        uniform_mixing=0.5,
    )
