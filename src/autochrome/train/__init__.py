"""Training: typed config, recipes, loop, checkpoint, export. Needs the ``train`` extra."""

from autochrome.train.config import TrainConfig
from autochrome.train.run import TrainingRun, train

__all__ = ["TrainConfig", "TrainingRun", "train"]
