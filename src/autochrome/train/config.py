"""What defines a training run, apart from its data and its length."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from autochrome.color.encoding import NUM_NEIGHBORS
from autochrome.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A recipe's numbers.

    Parameters
    ----------
    recipe : the recipe's name.
    system : a key of `autochrome.nn.SYSTEMS`.
    crop_side : pixels of the training picture; a multiple of 16.
    min_scale : smallest crop window as a share of the photograph's short side.
    old_photograph_probability : how many pictures are aged.
    num_copies : how often an aged picture is copied on film.
    double_exposure_probability : how many pictures have light of another photograph.
    underexposure_probability : how many pictures are darker, by up to two stops.
    frame_probability : how many pictures get a neutral frame.
    batch_size : photographs a step, over all processes.
    learning_rate, weight_decay, betas : AdamW.
    optimizer : "adamw", or "muon" for kernels and matrices between the first and the last layer
        (the rest by AdamW), at the same rate and decay.
    warmup_steps : linear warm-up.
    clip_norm : largest gradient norm.
    ema_decay : of the averaged weights, which are what a run leaves.
    initial_share : of the weights that a run begins with in those that it leaves.
    uniform_mixing : lambda of class rebalancing.
    num_neighbors : bins of a soft-encoded target; 1 is one-hot.
    distillation : weight of the divergence from the teachers beside the loss; 0 for a recipe
        without teachers.
    distillation_rebalancing : weigh the divergence of each cell by the rarity of its true color, as
        the loss does.
    freeze_batch_norm : keep the statistics of the weights that a run begins with.
    width : the backbone's channels as a share of the paper's.
    seed : of weights, order, crops, exposures and ageing.
    """

    recipe: str
    system: str
    crop_side: int
    min_scale: float
    old_photograph_probability: float
    frame_probability: float
    batch_size: int
    learning_rate: float
    weight_decay: float
    betas: tuple[float, float]
    warmup_steps: int
    clip_norm: float
    ema_decay: float
    uniform_mixing: float
    optimizer: Literal["adamw", "muon"] = "adamw"
    num_neighbors: int = NUM_NEIGHBORS
    num_copies: int = 0
    double_exposure_probability: float = 0.0
    underexposure_probability: float = 0.0
    initial_share: float = 0.0
    distillation: float = 0.0
    distillation_rebalancing: bool = False
    freeze_batch_norm: bool = False
    width: float = 1.0
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Restore a config, perhaps of a time before there were all of these numbers."""
        return cls(**{**values, "betas": tuple(values["betas"])})


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a run lasts: until the steps or the minutes are used up, whichever is first.

    Parameters
    ----------
    steps, minutes : at least one of them.
    decay : last share of the budget over which the learning rate falls to zero; 0 keeps it
        constant, so that the run can go on later.

    Raises
    ------
    UsageError
        If there is neither, or a number is none that a run can end by.
    """

    steps: int | None = None
    minutes: float | None = None
    decay: float = 0.0

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise UsageError("a budget needs steps or minutes")
        for name, length in (("steps", self.steps), ("minutes", self.minutes)):
            if length is not None and not (length > 0 and math.isfinite(length)):
                raise UsageError(f"{name} of a budget must be a positive number, got {length}")
        if not 0 <= self.decay <= 1:
            raise UsageError(f"decay of a budget must be in [0, 1], got {self.decay}")

    def used(self, step: int, minutes: float) -> float:
        """Return the share used, 0 to 1 and beyond."""
        by_steps = step / self.steps if self.steps else 0.0
        by_minutes = minutes / self.minutes if self.minutes else 0.0
        return max(by_steps, by_minutes)

    def learning_rate_factor(self, used: float) -> float:
        """Return the decay factor, 1 down to 0, at a share of the budget."""
        if self.decay == 0:
            return 1.0
        return min(1.0, max(0.0, (1 - used) / self.decay))
