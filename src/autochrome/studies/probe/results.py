"""Everything that probing a network has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from autochrome.evaluate import Estimate

COLORIZATION, RANDOM = "colorization", "random weights"
CONSTANT, END_TO_END = "constant box", "end to end"


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """How a network is probed.

    Parameters
    ----------
    side : pixels of the photographs; a multiple of 16.
    photographs_seen : by each network that is trained end to end or fine-tuned.
    seed : of random weights, order, windows and pasted pictures.
    """

    side: int = 96
    photographs_seen: int = 3000
    seed: int = 0


class FineTuned(NamedTuple):
    """Accuracy in percent, after training with so many labels."""

    photographs: int
    accuracy: Estimate


class Localized(NamedTuple):
    """Mean intersection over union, and the percentage of boxes above 0.5, of all pictures."""

    mean_iou: Estimate
    found: Estimate


@dataclass(frozen=True)
class ProbeResults:
    """What a network has learned, percentages of validation photographs throughout.

    Parameters
    ----------
    linear : accuracy by network and block.
    pixels : accuracy of a linear probe on the lightness itself.
    best_block : the block that the rest is about, best for the trained network on
        held-out training photographs.
    fine_tuned : by the weights at the start and labels per class; "all" is the last.
    localized : by regressor.
    """

    system: str
    settings: ProbeSettings
    source: str
    num_classes: int
    num_training: int
    num_validation: int
    linear: Mapping[str, Mapping[str, Estimate]]
    pixels: Estimate
    best_block: str
    fine_tuned: Mapping[str, Mapping[str, FineTuned]]
    num_pasted: int
    localized: Mapping[str, Localized]

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
