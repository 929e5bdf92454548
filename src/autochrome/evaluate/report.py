"""What a measurement found, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from autochrome.errors import UsageError
from autochrome.evaluate.bootstrap import Estimate
from autochrome.evaluate.condition import CLEAN, Condition
from autochrome.evaluate.protocol import Protocol


class Column(NamedTuple):
    """How a table shows a metric."""

    title: str
    decimals: int


COLUMNS = {
    "auc": Column("AuC %", 2),
    "auc_rebalanced": Column("AuC rebalanced %", 2),
    "psnr": Column("PSNR dB", 2),
    "ssim": Column("SSIM", 4),
    "ciede2000": Column("CIEDE2000", 2),
    "colorfulness": Column("colorfulness", 2),
    "true_colorfulness": Column("true colorfulness", 2),
    "colorfulness_difference": Column("colorfulness difference", 2),
}


@dataclass(frozen=True)
class Report:
    """The metrics of one model on one set of photographs.

    Parameters
    ----------
    protocol : how the photographs were prepared.
    num_photographs : how many there were.
    metrics : an `Estimate` by name; the names are those of `COLUMNS`.
    condition : the state in which the model saw the photographs.
    """

    protocol: Protocol
    num_photographs: int
    metrics: Mapping[str, Estimate]
    condition: Condition = CLEAN

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes."""
        return {
            "protocol": self.protocol.name,
            "side": self.protocol.side,
            "condition": self.condition.name,
            "num_photographs": self.num_photographs,
            "metrics": {name: estimate._asdict() for name, estimate in self.metrics.items()},
        }


def markdown_table(reports: Mapping[str, Report]) -> str:
    """Lay out reports, by the name of the model, as a Markdown table with its caption.

    Raises
    ------
    UsageError
        If there is no report, or they do not share protocol, condition and number of photographs:
        such figures do not compare.
    """
    measured = {(r.protocol, r.condition, r.num_photographs) for r in reports.values()}
    if len(measured) != 1:
        raise UsageError(
            "a table needs reports of one protocol and condition on the same photographs"
        )
    ((protocol, condition, num_photographs),) = measured
    rows = [
        ["model", *(column.title for column in COLUMNS.values())],
        ["---"] + ["---:"] * len(COLUMNS),
        *([name, *_cells(report)] for name, report in reports.items()),
    ]
    caption = (
        f"Protocol `{protocol.name}` ({protocol.side} x {protocol.side}), "
        f"condition `{condition.name}`, "
        f"{num_photographs:,} photographs; in brackets 95 % bootstrap intervals over photographs."
    )
    return "\n".join([caption, "", *("| " + " | ".join(row) + " |" for row in rows)])


def _cells(report: Report) -> list[str]:
    cells = []
    for name, column in COLUMNS.items():
        value, low, high = (f"{number:.{column.decimals}f}" for number in report.metrics[name])
        cells.append(f"{value} [{low}, {high}]")
    return cells
