"""Examine one photograph."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autochrome.color import rgb8_to_lab
from autochrome.evaluate import Answer, Part, Protocol, grey, measure
from autochrome.evaluate.join import join
from autochrome.pipeline import Colorizer
from autochrome.shards import Photograph, decode_rgb
from autochrome.studies.examination.blotches import blotchiness
from autochrome.studies.examination.decodings import Decodings
from autochrome.studies.examination.kept_answers import KeptAnswers
from autochrome.studies.examination.skin import SkinSums, measure_skin

METRICS = (
    "auc",
    "auc_rebalanced",
    "ciede2000",
    "psnr",
    "colorfulness",
    "true_colorfulness",
    "colorfulness_difference",
    "blotchiness",
)
"""Those of `evaluate`, but for SSIM, which is slow and mostly about L*; and one more."""


class Examined(NamedTuple):
    """What was found in one photograph, and the pictures it was found in.

    ``parts`` (D, M, 2) has the numerator and denominator of each of `METRICS`, for each of
    ``Decodings.all``, ``grey`` (M, 2) those of no color at all. The rest is about the model's own
    decoding: ``ciede2000``, ``blotchiness``, ``skin`` (None if it was not measured), and (S, S, 3)
    sRGB the picture ``colorized`` and the ``photograph``.
    """

    key: str
    parts: NDArray[np.float64]
    grey: NDArray[np.float64]
    ciede2000: float
    blotchiness: float
    skin: SkinSums | None
    colorized: NDArray[np.uint8]
    photograph: NDArray[np.uint8]


def examine_photograph(
    photograph: Photograph,
    colorizer: Colorizer,
    decodings: Decodings,
    protocol: Protocol,
    skin_sources: Container[str],
) -> Examined:
    """Run the network, and measure its answer under every decoding.

    The errors are those of `evaluate`.
    """
    rgb = protocol.prepare(decode_rgb(photograph.image, photograph.key))
    true_lab = rgb8_to_lab(rgb)
    lightness = true_lab[..., 0].copy()
    parts = {}
    for decoding, ab in KeptAnswers(colorizer, lightness).decode(decodings.all):
        parts[decoding] = _parts(ab, true_lab, rgb)
        if decoding == decodings.own:
            colorized = join(lightness, ab)
    own = dict(zip(METRICS, parts[decodings.own][:, 0], strict=True))
    return Examined(
        photograph.key,
        np.array([parts[decoding] for decoding in decodings.all]),
        _parts(grey(lightness), true_lab, rgb),
        float(own["ciede2000"]),
        float(own["blotchiness"]),
        measure_skin(rgb8_to_lab(colorized), true_lab)
        if photograph.source in skin_sources
        else None,
        colorized,
        rgb,
    )


def _parts(
    ab: NDArray[np.float32], true_lab: NDArray[np.float32], true_rgb: NDArray[np.uint8]
) -> NDArray[np.float64]:
    parts = measure(Answer(ab, true_lab, true_rgb), structure=False)
    parts["blotchiness"] = Part(blotchiness(ab, true_lab))
    return np.array([parts[name] for name in METRICS])
