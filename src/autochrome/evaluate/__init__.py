"""Measure a model on photographs, by a fixed protocol."""

from autochrome.evaluate.baselines import grey
from autochrome.evaluate.bootstrap import Estimate, bootstrap_difference
from autochrome.evaluate.class_counts import count_classes
from autochrome.evaluate.condition import CLEAN, Condition, Show
from autochrome.evaluate.photograph import Answer, Part, estimate, measure
from autochrome.evaluate.photographs import PhotographSet
from autochrome.evaluate.protocol import FULL, PROTOCOLS, SHARDS, Protocol
from autochrome.evaluate.report import COLUMNS, Column, Report, markdown_table
from autochrome.evaluate.run import Predict, answers, evaluate, evaluate_truth

__all__ = [
    "CLEAN",
    "COLUMNS",
    "FULL",
    "PROTOCOLS",
    "SHARDS",
    "Answer",
    "Column",
    "Condition",
    "Estimate",
    "Part",
    "PhotographSet",
    "Predict",
    "Protocol",
    "Report",
    "Show",
    "answers",
    "bootstrap_difference",
    "count_classes",
    "estimate",
    "evaluate",
    "evaluate_truth",
    "grey",
    "markdown_table",
    "measure",
]
