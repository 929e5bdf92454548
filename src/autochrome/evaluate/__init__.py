"""Measure a model on photographs, by a fixed protocol."""

from autochrome.evaluate.baselines import grey
from autochrome.evaluate.bootstrap import Estimate
from autochrome.evaluate.class_counts import count_classes
from autochrome.evaluate.photographs import PhotographSet
from autochrome.evaluate.protocol import FULL, PROTOCOLS, SHARDS, Protocol
from autochrome.evaluate.report import Report, markdown_table
from autochrome.evaluate.run import Predict, evaluate, evaluate_truth

__all__ = [
    "FULL",
    "PROTOCOLS",
    "SHARDS",
    "Estimate",
    "PhotographSet",
    "Predict",
    "Protocol",
    "Report",
    "count_classes",
    "evaluate",
    "evaluate_truth",
    "grey",
    "markdown_table",
]
