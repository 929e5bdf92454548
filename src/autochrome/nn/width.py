"""Networks narrower than their papers', for comparing them where there is no accelerator."""

from __future__ import annotations

_GRAIN = 8


def scaled(channels: int, width: float) -> int:
    """Scale a paper's number of channels, to a multiple of 8 and at least 8.

    A width of 1 returns the paper's own number, whatever it is.
    """
    if width == 1:
        return channels
    return max(_GRAIN, round(channels * width / _GRAIN) * _GRAIN)
