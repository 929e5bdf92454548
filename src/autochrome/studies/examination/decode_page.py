"""How a model is best decoded, in words and tables."""

from __future__ import annotations

from collections.abc import Iterable

from autochrome.evaluate import COLUMNS, Column, Estimate
from autochrome.studies.examination.decodings import Decoding
from autochrome.studies.examination.photograph import METRICS
from autochrome.studies.examination.results import Results
from autochrome.studies.pages import interval, table

_SHOWN = tuple(name for name in METRICS if name != "true_colorfulness")
_COMPARED = ("auc", "auc_rebalanced", "ciede2000", "psnr", "colorfulness", "blotchiness")
_COLUMNS = {**COLUMNS, "blotchiness": Column("blotchiness", 3)}


def decode_page(results: Results) -> str:
    """Lay out all tables as a Markdown page."""
    sections = (
        _conditions(results),
        _presets(results),
        _grid(results),
        _sides(results),
        _mirrored(results),
    )
    return "\n\n".join(sections) + "\n"


def _conditions(results: Results) -> str:
    manifest, protocol, own = results.manifest, results.protocol, results.decodings.own
    colorfulness = interval(results.grey_metrics["true_colorfulness"])
    return (
        f"# How {manifest.name} {manifest.version} is decoded\n\n"
        f"Protocol `{protocol.name}` ({protocol.side} x {protocol.side}), "
        f"{results.num_photographs:,} photographs, whose own colorfulness is {colorfulness}. In "
        "brackets: 95 % bootstrap intervals over photographs. The model's own decoding is "
        f"T = {own.temperature:g}, v = {own.vividness:g}, working side {own.working_side}."
    )


def _presets(results: Results) -> str:
    rows = [
        [name, f"{d.vividness:g}", *_with_intervals(results.metrics[d])]
        for name, d in results.decodings.presets.items()
    ]
    rows.append(["no color at all", "", *_with_intervals(results.grey_metrics)])
    return "## Presets\n\n" + table(["preset", "v", *_titles(_SHOWN)], rows)


def _grid(results: Results) -> str:
    marks = {decoding: name for name, decoding in results.decodings.presets.items()}
    rows = [
        [marks.get(d, ""), f"{d.temperature:g}", f"{d.vividness:g}", *_values(results, d)]
        for d in results.decodings.grid
    ]
    return "## Temperature and vividness\n\n" + table(["", "T", "v", *_titles(_SHOWN)], rows)


def _sides(results: Results) -> str:
    own = results.decodings.own
    rows = [
        [str(d.working_side), *_differences(results, d, own)]
        for d in results.decodings.sides
        if d != own
    ]
    return (
        f"## Working side\n\nLess the figures at the model's own {own.working_side} pixels, on the "
        "same photographs.\n\n" + table(["working side", *_titles(_COMPARED)], rows)
    )


def _mirrored(results: Results) -> str:
    pairs = zip(results.decodings.presets.items(), results.decodings.mirrored, strict=True)
    rows = [[name, *_differences(results, mirrored, d)] for (name, d), mirrored in pairs]
    return (
        "## With the mirror image\n\nLogits averaged with those of the photograph's mirror image: "
        "less the figures without it, on the same photographs.\n\n"
        + table(["preset", *_titles(_COMPARED)], rows)
    )


def _titles(metrics: Iterable[str]) -> list[str]:
    return [_COLUMNS[name].title for name in metrics]


def _with_intervals(metrics: dict[str, Estimate]) -> list[str]:
    return [interval(metrics[name], _COLUMNS[name].decimals) for name in _SHOWN]


def _values(results: Results, decoding: Decoding) -> list[str]:
    metrics = results.metrics[decoding]
    return [f"{metrics[name].value:.{_COLUMNS[name].decimals}f}" for name in _SHOWN]


def _differences(results: Results, decoding: Decoding, other: Decoding) -> list[str]:
    return [
        interval(results.difference(name, decoding, other), _COLUMNS[name].decimals)
        for name in _COMPARED
    ]
