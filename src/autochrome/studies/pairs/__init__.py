"""A person tells which of two pictures is the photograph: the test of Zhang 2016, section 3.1."""

from autochrome.studies.pairs.score import Score, score_answers
from autochrome.studies.pairs.write import write_pairs

__all__ = ["Score", "score_answers", "write_pairs"]
