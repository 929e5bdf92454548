import json
from dataclasses import replace

import pytest

from autochrome.errors import UsageError
from autochrome.evaluate import CLEAN, FULL, SHARDS, Condition, Estimate, Report, markdown_table
from autochrome.evaluate.report import COLUMNS

OLD = Condition("old", CLEAN.show)


@pytest.fixture
def report():
    metrics = {name: Estimate(i, i - 0.5, i + 0.25) for i, name in enumerate(COLUMNS, 10)}
    return Report(SHARDS, 2500, metrics)


def test_a_table_names_protocol_condition_and_number_of_photographs(report):
    caption, blank, header, rule, first, second = markdown_table(
        {"grey": report, "truth": report}
    ).splitlines()
    assert "`shards` (128 x 128), condition `clean`, 2,500 photographs" in caption
    assert blank == ""
    assert header.startswith("| model | AuC % |")
    assert first.startswith("| grey | 10.00 [9.50, 10.25] | 11.00 [10.50, 11.25] |")
    assert second.startswith("| truth |")
    assert {line.count("|") for line in (header, rule, first, second)} == {len(COLUMNS) + 2}


def test_json_has_every_number(report):
    loaded = json.loads(json.dumps(report.to_json()))
    assert loaded["protocol"] == "shards"
    assert loaded["side"] == 128
    assert loaded["condition"] == "clean"
    assert loaded["num_photographs"] == 2500
    assert loaded["metrics"]["auc"] == {"value": 10, "low": 9.5, "high": 10.25}
    assert list(loaded["metrics"]) == list(COLUMNS)


@pytest.mark.parametrize(
    "change", [{"protocol": FULL}, {"num_photographs": 400}, {"condition": OLD}]
)
def test_figures_that_do_not_compare_share_no_table(report, change):
    with pytest.raises(UsageError, match="one protocol"):
        markdown_table({"a": report, "b": replace(report, **change)})


def test_no_report_makes_no_table():
    with pytest.raises(UsageError, match="reports"):
        markdown_table({})
