"""Every system by name; imported only when built."""

from __future__ import annotations

import importlib

import numpy as np
from numpy.typing import NDArray

from autochrome.errors import UsageError
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.nn.system import System

SYSTEMS = {
    "lumiere": "autochrome.nn.backbones.lumiere:Lumiere",
    "zhang2016": "autochrome.nn.backbones.zhang2016:Zhang2016",
}


def build_system(name: str, prior: NDArray[np.floating], uniform_mixing: float = 0.5) -> System:
    """Build a system with fresh weights.

    Parameters
    ----------
    name : a key of `SYSTEMS`.
    prior : (Q,) empirical prior of the training set.
    uniform_mixing : lambda of class rebalancing; 1 switches it off.

    Raises
    ------
    UsageError
        If the name is unknown.
    """
    if name not in SYSTEMS:
        raise UsageError(f"unknown system {name!r}", f"Known: {', '.join(sorted(SYSTEMS))}")
    module, backbone_class = SYSTEMS[name].split(":")
    backbone = getattr(importlib.import_module(module), backbone_class)()
    return System(backbone, AbClassification(backbone.out_channels, prior, uniform_mixing))
