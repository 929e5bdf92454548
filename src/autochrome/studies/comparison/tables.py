"""The comparison in words and figures: one Markdown page."""

from __future__ import annotations

from collections.abc import Iterable

from autochrome.evaluate import COLUMNS, Column, Estimate, markdown_table
from autochrome.studies.comparison.colors import RARE
from autochrome.studies.comparison.conditions import BATCH_SIZE
from autochrome.studies.comparison.measure import COLOR_COLUMNS
from autochrome.studies.comparison.results import Results, Row
from autochrome.studies.comparison.sweep import NUM_PHOTOGRAPHS, SweepPoint
from autochrome.studies.pages import interval, table

_NOTHING = "–"


def comparison_page(results: Results) -> str:
    """Lay out all tables with their captions."""
    sections = [
        ("Comparison", _conditions(results)),
        ("Metrics", _metrics(results)),
        ("Colors", _colors(results)),
        ("Cost", _costs(results)),
        ("Claims", _claims(results)),
        ("Temperature", _sweeps(results)),
    ]
    first, *others = (text for text in sections if text[1])
    parts = [f"# {first[0]}\n\n{first[1]}", *(f"## {title}\n\n{text}" for title, text in others)]
    return "\n\n".join(parts) + "\n"


def _interval(estimate: Estimate | None, column: Column) -> str:
    return interval(estimate, column.decimals) if estimate else _NOTHING


def _titled_rows(results: Results) -> Iterable[tuple[str, Row]]:
    return zip(results.titles().values(), results.rows.values(), strict=True)


def _conditions(results: Results) -> str:
    conditions, setting = results.conditions, results.setting
    seen = conditions.num_steps * BATCH_SIZE
    elsewhere = any(row.kind == "loaded" for row in results.rows.values())
    return (
        f"Every system was trained from scratch on the same {seen:,} photographs, repetitions "
        f"counted, in the same order ({conditions.side} x {conditions.side} crops), with "
        f"{conditions.width:g} of its paper's channels and the same optimizer, whose one learning "
        f"rate and gradient clipping no system chose; seed {conditions.seed}."
        + (" † marks weights trained elsewhere and otherwise." if elsewhere else "")
        + f"\n\n{setting.processor}; threads: {setting.threads}; torch {setting.torch}.\n\n"
        f"```\n{setting.command}\n```\n\n"
        "Photographs: sheet.jpg. Curves: curves.png. All figures: comparison.json."
    )


def _metrics(results: Results) -> str:
    return markdown_table(
        {title: row.measured.report(results.validation) for title, row in _titled_rows(results)}
    )


def _colors(results: Results) -> str:
    rows = [
        [
            title,
            *(_interval(row.measured.metrics[metric], c) for metric, c in COLOR_COLUMNS.items()),
        ]
        for title, row in _titled_rows(results)
    ]
    return (
        "Predicted chroma, and recall: the share of pixels predicted within 10√2 ab units, a bin's "
        "diagonal, of the truth. A color is rare if its class has fewer than 1 in "
        f"{round(1 / RARE)} of the training pixels; the mean over classes weighs each class that "
        "occurs alike.\n\n" + table(["model", *(c.title for c in COLOR_COLUMNS.values())], rows)
    )


def _costs(results: Results) -> str:
    rows = []
    for title, row in _titled_rows(results):
        if row.cost is None:
            continue
        speed = row.cost.photographs_per_second
        rows.append(
            [
                title,
                f"{row.cost.parameters / 1e6:.3f}",
                f"{row.cost.gmacs:.3f}",
                f"{row.cost.photographs_seen:,}",
                f"{row.cost.minutes:.1f}",
                f"{speed:.1f}" if speed else _NOTHING,
            ]
        )
    titles = ["model", "M parameters", "GMAC", "photographs seen", "minutes", "photographs/s"]
    return (
        "At the width above: parameters; multiply-accumulates of one 256 x 256 photograph, "
        "decoding apart; training, whose time depends on what else the machine did.\n\n"
        + table(titles, rows)
    )


def _claims(results: Results) -> str:
    columns = COLUMNS | COLOR_COLUMNS
    rows = []
    for (name, metric, higher, lower), difference, verdict in results.findings:
        claimed = f"{higher} > {lower}"
        values = _interval(difference, columns[metric])
        rows.append([name, columns[metric].title, claimed, verdict, values])
    if not rows:
        return ""
    return (
        "The difference of two systems on the same photographs, with the 95 % interval of a paired "
        "bootstrap over photographs; undecided if that contains 0. One interval in twenty misses "
        "by chance, and how much another training of the same systems would differ is in none.\n\n"
        + table(["claim", "metric", "claimed", "verdict", "difference"], rows, num_texts=4)
    )


def _sweeps(results: Results) -> str:
    rows = [
        [title, *_sweep_cells(point)]
        for title, row in _titled_rows(results)
        for point in row.measured.sweep
    ]
    if not rows:
        return ""
    count = min(NUM_PHOTOGRAPHS, len(results.validation.photographs))
    titles = ["model", "T", "AuC %", "AuC rebalanced %", "colorfulness", "mean chroma"]
    return (
        f"The annealed mean at other temperatures, on the first {count} photographs: near 0 it is "
        "the mode, at 1 the mean.\n\n" + table(titles, rows)
    )


def _sweep_cells(point: SweepPoint) -> list[str]:
    return [f"{point.temperature:g}", *(f"{value:.2f}" for value in point[1:])]
