"""Torch networks that answer lightness with color; needs the ``train`` extra."""

from autochrome.nn.registry import SYSTEMS, build_system
from autochrome.nn.system import STRIDE, HeadSettings, System, Target

__all__ = ["STRIDE", "SYSTEMS", "HeadSettings", "System", "Target", "build_system"]
