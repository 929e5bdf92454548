"""Photographs in a bad state, the same in every run, to measure models on.

`old` takes its damages from training and needs the ``train`` extra, `surveillance` encodes
H.264 and needs ``video``.
"""

from autochrome.degraded.conditions import CONDITIONS, open_condition

__all__ = ["CONDITIONS", "open_condition"]
