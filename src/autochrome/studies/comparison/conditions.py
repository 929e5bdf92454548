"""What is equal for all systems that are compared."""

from __future__ import annotations

from dataclasses import dataclass

from autochrome.errors import UsageError
from autochrome.train.config import Budget, TrainConfig
from autochrome.train.recipes import RECIPES, load_recipe

BATCH_SIZE = 32
DECAY = 0.25

# But for how it is trained.
_SAME_AS_LUMIERE = ("lumiere_cpu", "lumiere_distilled", "lumiere_robust")

COMPARED = tuple(name for name in RECIPES if name not in _SAME_AS_LUMIERE)
"""Recipes that differ under equal conditions."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How each system is trained: same photographs, same crops, same order, same optimizer.

    What a recipe keeps is its system, its targets and its rebalancing.

    Parameters
    ----------
    photographs_seen : by each system; rounded up to whole batches.
    side : pixels of the training pictures.
    width : channels as a share of the papers'.
    seed : of weights, order and crops.
    """

    photographs_seen: int
    side: int = 64
    width: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if self.photographs_seen < 1 or self.side % 16 or not 0 < self.width <= 1:
            raise UsageError(
                "a comparison needs photographs, a side that is a multiple of 16 and a width "
                f"in (0, 1]; got {self}"
            )

    def config(self, recipe: str) -> TrainConfig:
        """Bring a recipe to these conditions.

        Raises
        ------
        UsageError
            If there is no such recipe.
        """
        compared = load_recipe(recipe)
        return TrainConfig(
            recipe=compared.recipe,
            system=compared.system,
            uniform_mixing=compared.uniform_mixing,
            num_neighbors=compared.num_neighbors,
            crop_side=self.side,
            # Windows down to half the photograph: as fine a scale as the evaluation shows.
            min_scale=0.5,
            old_photograph_probability=0.0,
            frame_probability=0.0,
            batch_size=BATCH_SIZE,
            optimizer="adamw",
            learning_rate=1e-3,
            weight_decay=0.01,
            betas=(0.9, 0.99),
            warmup_steps=min(100, self.num_steps // 5),
            clip_norm=1.0,
            ema_decay=0.99,
            width=self.width,
            seed=self.seed,
        )

    @property
    def num_steps(self) -> int:
        """Steps of a run."""
        return -(-self.photographs_seen // BATCH_SIZE)

    @property
    def budget(self) -> Budget:
        """Length of a run."""
        return Budget(steps=self.num_steps, decay=DECAY)
