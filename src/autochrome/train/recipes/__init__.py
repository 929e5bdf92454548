"""A recipe is a module with a function ``recipe() -> TrainConfig``; its docstring is its proof."""

from __future__ import annotations

import importlib

from autochrome.errors import UsageError
from autochrome.train.config import TrainConfig

RECIPES = (
    "dahl2016",
    "hwang2016_class",
    "hwang2016_l2",
    "iizuka2016",
    "larsson2016",
    "lumiere",
    "lumiere_cpu",
    "lumiere_distilled",
    "lumiere_plain",
    "lumiere_robust",
    "zhang2016",
    "zhang2016_class",
    "zhang2016_l2",
    "zhang2016_l2_rgb",
    "zhang2016_l2_yuv",
    "zhang2016_onehot",
)


def load_recipe(name: str) -> TrainConfig:
    """Return a recipe's config.

    Raises
    ------
    UsageError
        If there is no such recipe.
    """
    if name not in RECIPES:
        raise UsageError(f"unknown recipe {name!r}", f"Known: {', '.join(RECIPES)}")
    config = importlib.import_module(f"{__name__}.{name}").recipe()
    assert isinstance(config, TrainConfig)
    return config
