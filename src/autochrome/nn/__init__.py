"""Torch networks: backbone + head = system. Needs the ``train`` extra."""

from autochrome.nn.registry import SYSTEMS, build_system
from autochrome.nn.system import System

__all__ = ["SYSTEMS", "System", "build_system"]
