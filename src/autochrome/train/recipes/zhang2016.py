"""Zhang, Isola, Efros 2016: the paper's network and loss.

Differences from the paper: Muon at 2e-3 with warm-up, a falling rate and averaged weights in place
of Adam at 3e-5 in steps, for a budget of minutes: 1.1 million photographs seen in place of 18
million; crops of 128 in place of 176, the size of the photographs at hand; batch 128 in place of
40. Same targets (5 neighbours, sigma 5), same rebalancing (lambda 0.5), no aged photographs. The
comparison of systems trains all of them otherwise: studies/comparison/conditions.py.

Command: ``autochrome train zhang2016 --data SHARDS --minutes 8 --decay 0.5 -o runs/zhang2016``
Measured, on an H100 that trained others too, 8 minutes, 1,130,496 photographs seen:
docs/training.md; at a quarter of its width beside the others: docs/comparison.md.
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
        batch_size=128,
        optimizer="muon",
        learning_rate=2e-3,
        weight_decay=0.01,
        betas=(0.9, 0.99),
        warmup_steps=500,
        clip_norm=1.0,
        ema_decay=0.999,
        uniform_mixing=0.5,
    )
