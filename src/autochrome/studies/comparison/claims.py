"""What the papers claim of pairs of systems, held against the photographs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from autochrome.evaluate import Estimate
from autochrome.studies.comparison.measure import Measured


class Claim(NamedTuple):
    """That a metric is higher for one system than for another."""

    name: str
    metric: str
    higher: str
    lower: str


CLAIMS = (
    Claim("L2 desaturates", "colorfulness", "truth", "zhang2016_l2"),
    Claim("L2 desaturates", "colorfulness", "zhang2016_class", "zhang2016_l2"),
    Claim("L2 desaturates", "mean_chroma", "zhang2016_class", "zhang2016_l2"),
    Claim("L2 desaturates", "colorfulness", "hwang2016_class", "hwang2016_l2"),
    Claim("rebalancing restores rare colors", "auc_rebalanced", "zhang2016", "zhang2016_class"),
    Claim("rebalancing restores rare colors", "rare_recall", "zhang2016", "zhang2016_class"),
    Claim("rebalancing restores rare colors", "mean_class_recall", "zhang2016", "zhang2016_class"),
    Claim("rebalancing makes vivid", "colorfulness", "zhang2016", "zhang2016_class"),
    Claim("rebalancing costs accuracy", "auc", "zhang2016_class", "zhang2016"),
    Claim("soft encoding helps", "auc", "zhang2016", "zhang2016_onehot"),
    Claim("soft encoding helps", "auc_rebalanced", "zhang2016", "zhang2016_onehot"),
    Claim("ab suits better than YUV", "auc", "zhang2016_l2", "zhang2016_l2_yuv"),
    Claim("ab suits better than YUV", "ciede2000", "zhang2016_l2_yuv", "zhang2016_l2"),
    Claim("ab suits better than RGB", "auc", "zhang2016_l2", "zhang2016_l2_rgb"),
    Claim("ab suits better than RGB", "ciede2000", "zhang2016_l2_rgb", "zhang2016_l2"),
    Claim("residual connections help", "auc", "lumiere", "lumiere_plain"),
    Claim("residual connections help", "auc_rebalanced", "lumiere", "lumiere_plain"),
    Claim("residual connections help", "ciede2000", "lumiere_plain", "lumiere"),
)


class Finding(NamedTuple):
    """A claim, the paired difference (higher less lower) with its interval, and the verdict."""

    claim: Claim
    difference: Estimate
    verdict: str


def verdict(difference: Estimate) -> str:
    """Judge a difference that is claimed to be above 0.

    Returns
    -------
    ``holds``, ``does not hold`` (the opposite does), or ``undecided`` if the 95 % interval
    contains 0.
    """
    if difference.low > 0:
        return "holds"
    return "does not hold" if difference.high < 0 else "undecided"


def judge_claims(measured: Mapping[str, Measured]) -> Iterator[Finding]:
    """Hold the claims of which both systems were measured against the photographs."""
    for claim in CLAIMS:
        if claim.higher not in measured or claim.lower not in measured:
            continue
        difference = measured[claim.higher].difference(measured[claim.lower], claim.metric)
        if difference is not None:
            yield Finding(claim, difference, verdict(difference))
