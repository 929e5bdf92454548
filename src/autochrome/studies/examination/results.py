"""What an examination found, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autochrome.evaluate import Estimate, Protocol, bootstrap_difference, estimate
from autochrome.models import Manifest
from autochrome.studies.examination.decodings import Decoding, Decodings
from autochrome.studies.examination.photograph import METRICS, Examined
from autochrome.studies.examination.skin import SkinSums
from autochrome.studies.examination.skin_bands import SkinBand, skin_bands


@dataclass(frozen=True)
class Results:
    """All that was found.

    Parameters
    ----------
    manifest : of the model.
    protocol : how photographs were prepared.
    decodings : what was measured.
    parts : (N, D, M, 2), see `Examined`.
    grey : (N, M, 2).
    skin : of the photographs of faces that show enough of it.
    skin_sources : the collections in which it was looked for.
    worst, blotchy : the photographs with the largest CIEDE2000 and blotchiness, the largest first.
    """

    manifest: Manifest
    protocol: Protocol
    decodings: Decodings
    parts: NDArray[np.float64]
    grey: NDArray[np.float64]
    skin: Sequence[SkinSums]
    skin_sources: Sequence[str]
    worst: Sequence[Examined]
    blotchy: Sequence[Examined]

    @property
    def num_photographs(self) -> int:
        """How many photographs were examined."""
        return len(self.parts)

    @cached_property
    def metrics(self) -> dict[Decoding, dict[str, Estimate]]:
        """Every metric of every decoding."""
        return {
            decoding: _estimates(self.parts[:, index])
            for index, decoding in enumerate(self.decodings.all)
        }

    @cached_property
    def grey_metrics(self) -> dict[str, Estimate]:
        """The metrics of no color at all."""
        return _estimates(self.grey)

    def difference(self, metric: str, decoding: Decoding, other: Decoding) -> Estimate:
        """Estimate a metric of one decoding less that of another, on the same photographs."""
        index = METRICS.index(metric)
        one, two = (self.parts[:, self.decodings.all.index(d), index].T for d in (decoding, other))
        return bootstrap_difference(*one, *two)

    @cached_property
    def skin_by_pixel(self) -> list[SkinBand]:
        """Skin by the L* of each pixel; empty if there is none."""
        return skin_bands([sums.by_pixel for sums in self.skin]) if self.skin else []

    @cached_property
    def skin_by_face(self) -> list[SkinBand]:
        """Skin by the median L* of each face's; empty if there is none."""
        return skin_bands([sums.by_face for sums in self.skin]) if self.skin else []

    def decode_json(self) -> dict[str, Any]:
        """Return the content of ``decode.json``."""
        return {
            **self._conditions(),
            "own": _describe(self.decodings.own),
            "presets": {name: _describe(d) for name, d in self.decodings.presets.items()},
            "grey": _as_json(self.grey_metrics),
            "decodings": [
                {**_describe(decoding), "metrics": _as_json(metrics)}
                for decoding, metrics in self.metrics.items()
            ],
        }

    def skin_json(self) -> dict[str, Any]:
        """Return the content of ``skin.json``."""
        return {
            **self._conditions(),
            "sources": list(self.skin_sources),
            "num_faces": len(self.skin),
            "by_pixel": [band.to_json() for band in self.skin_by_pixel],
            "by_face": [band.to_json() for band in self.skin_by_face],
        }

    def failures_json(self) -> dict[str, Any]:
        """Return the content of ``failures.json``."""
        return {
            **self._conditions(),
            "worst": [_figures(examined) for examined in self.worst],
            "blotchy": [_figures(examined) for examined in self.blotchy],
        }

    def _conditions(self) -> dict[str, Any]:
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            "protocol": self.protocol.name,
            "side": self.protocol.side,
            "num_photographs": self.num_photographs,
        }


def _estimates(parts: NDArray[np.float64]) -> dict[str, Estimate]:
    return {name: estimate(name, parts[:, index]) for index, name in enumerate(METRICS)}


def _as_json(metrics: dict[str, Estimate]) -> dict[str, Any]:
    return {name: value._asdict() for name, value in metrics.items()}


def _describe(decoding: Decoding) -> dict[str, Any]:
    return decoding._asdict()


def _figures(examined: Examined) -> dict[str, Any]:
    return {
        "key": examined.key,
        "ciede2000": examined.ciede2000,
        "blotchiness": examined.blotchiness,
    }
