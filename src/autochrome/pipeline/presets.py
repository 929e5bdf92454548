"""Presets: how bold the color is, counted from what the model itself does."""

from __future__ import annotations

from typing import Literal

Preset = Literal["natural", "balanced", "vivid"]

VIVIDNESS_OFFSETS: dict[str, float] = {"natural": -0.1, "balanced": 0.0, "vivid": 0.05}
"""Added to the vividness of the model."""
