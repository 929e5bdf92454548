"""Every system by name; imported only when built."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from autochrome.errors import UsageError
from autochrome.nn.system import HeadSettings, System

_BACKBONES = "autochrome.nn.backbones"
_HEADS = "autochrome.nn.heads"


class SystemParts(NamedTuple):
    """Where a system's two makers are, ``module:name`` each.

    ``backbone(width)`` and ``head(in_channels, settings)``.
    """

    backbone: str
    head: str


SYSTEMS = {
    "dahl2016": SystemParts("dahl2016:Dahl2016", "blurred_chroma:blurred_chroma"),
    "hwang2016_class": SystemParts("hwang2016:Hwang2016", "uv_classification:UvClassification"),
    "hwang2016_l2": SystemParts("hwang2016:Hwang2016", "regression:luv_regression"),
    "iizuka2016": SystemParts("iizuka2016:Iizuka2016", "scene_regression:SceneRegression"),
    "larsson2016": SystemParts("larsson2016:Larsson2016", "hue_chroma:HueChroma"),
    "lumiere": SystemParts("lumiere:Lumiere", "ab_classification:AbClassification"),
    "lumiere_plain": SystemParts("lumiere:lumiere_plain", "ab_classification:AbClassification"),
    "zhang2016": SystemParts("zhang2016:Zhang2016", "ab_classification:AbClassification"),
    "zhang2016_l2": SystemParts("zhang2016:Zhang2016", "regression:ab_regression"),
    "zhang2016_l2_yuv": SystemParts("zhang2016:Zhang2016", "regression:yuv_regression"),
    "zhang2016_l2_rgb": SystemParts("zhang2016:Zhang2016", "regression:rgb_regression"),
}


def build_system(name: str, settings: HeadSettings, width: float = 1.0) -> System:
    """Build a system with fresh weights.

    Parameters
    ----------
    name : a key of `SYSTEMS`.
    settings : what its head is told.
    width : the backbone's channels as a share of the paper's.

    Raises
    ------
    UsageError
        If the name is unknown.
    """
    if name not in SYSTEMS:
        raise UsageError(f"unknown system {name!r}", f"Known: {', '.join(sorted(SYSTEMS))}")
    parts = SYSTEMS[name]
    backbone = _load(f"{_BACKBONES}.{parts.backbone}")(width)
    return System(backbone, _load(f"{_HEADS}.{parts.head}")(backbone.out_channels, settings))


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
