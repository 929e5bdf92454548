"""Everything a comparison has found."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from autochrome.studies.comparison.claims import Finding
from autochrome.studies.comparison.conditions import Conditions
from autochrome.studies.comparison.cost import Cost
from autochrome.studies.comparison.measure import Measured
from autochrome.studies.comparison.training import Contender
from autochrome.studies.comparison.validation_set import ValidationSet


class Row(NamedTuple):
    """One system; grey and the truth are no contenders and cost nothing."""

    measured: Measured
    contender: Contender | None = None
    cost: Cost | None = None

    @property
    def kind(self) -> str:
        """Where it comes from: ``baseline``, ``trained`` under the conditions, ``loaded``."""
        if self.contender is None:
            return "baseline"
        return "loaded" if self.contender.log is None else "trained"


class Setting(NamedTuple):
    """By what the comparison was made."""

    command: str
    processor: str
    threads: int
    torch: str


def this_setting(command: str, device: torch.device) -> Setting:
    """Describe this machine."""
    is_cuda = device.type == "cuda"
    processor = torch.cuda.get_device_name(device) if is_cuda else _cpu_model()
    return Setting(command, processor, torch.get_num_threads(), torch.__version__)


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {os.cpu_count()} cores"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"


@dataclass(frozen=True)
class Results:
    """A comparison.

    Parameters
    ----------
    conditions : under which systems were trained.
    setting : by what.
    validation : what they were measured on.
    rows : by the system's name; grey first, the truth last.
    findings : about the papers' claims.
    """

    conditions: Conditions
    setting: Setting
    validation: ValidationSet
    rows: dict[str, Row]
    findings: list[Finding]

    def titles(self) -> dict[str, str]:
        """Return what tables and figures call each row: † marks weights trained elsewhere."""
        return {name: name + " †" * (row.kind == "loaded") for name, row in self.rows.items()}

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes."""
        return {
            "conditions": asdict(self.conditions),
            "setting": self.setting._asdict(),
            "validation": {
                "protocol": self.validation.protocol.name,
                "num_photographs": len(self.validation.photographs),
                "sha256": self.validation.sha256,
            },
            "systems": {name: _row_json(row) for name, row in self.rows.items()},
            "claims": [
                {
                    **finding.claim._asdict(),
                    "difference": finding.difference._asdict(),
                    "verdict": finding.verdict,
                }
                for finding in self.findings
            ],
        }


def _row_json(row: Row) -> dict[str, Any]:
    measured, cost = row.measured, row.cost
    values: dict[str, Any] = {
        "kind": row.kind,
        "metrics": {name: metric and metric._asdict() for name, metric in measured.metrics.items()},
        "chroma_counts": measured.chroma_counts,
        "recall_by_rarity": measured.recall_by_rarity,
        "sweep": [point._asdict() for point in measured.sweep],
    }
    if cost and row.contender:
        seconds = {"photographs_per_second": cost.photographs_per_second}
        recipe = row.contender.metadata["recipe"]
        values |= {"cost": {**asdict(cost), **seconds}, "recipe": recipe}
    return values
