"""What was probed, in words and tables."""

from __future__ import annotations

from autochrome.studies.pages import interval, table
from autochrome.studies.probe.localization import FROZEN_EPOCHS
from autochrome.studies.probe.results import END_TO_END, RANDOM, ProbeResults


def probe_page(results: ProbeResults) -> str:
    """Lay out all tables as a Markdown page."""
    sections = (
        _conditions(results),
        _linear(results),
        _fine_tuned(results),
        _localized(results),
    )
    return "\n\n".join(sections) + "\n"


def _conditions(results: ProbeResults) -> str:
    settings = results.settings
    return (
        f"# What {results.system} has learned\n\n"
        f"{results.num_training:,} photographs of {results.source} with labels of "
        f"{results.num_classes} classes, measured on {results.num_validation:,} others, "
        f"{settings.side} x {settings.side} pixels, lightness only, seed {settings.seed}. Chance: "
        f"{100 / results.num_classes:.1f} %. In brackets: 95 % bootstrap intervals over the "
        "photographs measured; how much another training would differ is not in them."
    )


def _linear(results: ProbeResults) -> str:
    scratch = results.fine_tuned[RANDOM]["all"].accuracy
    rows = [
        [block, *(interval(results.linear[name][block]) for name in results.linear)]
        for block in next(iter(results.linear.values()))
    ]
    return (
        "## Linear probes\n\nTop-1 accuracy, in percent, of a linear classifier on each block's "
        "frozen features.\n\n"
        + table(["block", *results.linear], rows)
        + f"\n\nFor comparison: a linear classifier on the pixels {interval(results.pixels)}; the "
        "same backbone, up to "
        f"{results.best_block}, trained end to end with all labels, from random weights, on "
        f"{results.settings.photographs_seen:,} photographs seen "
        f"({results.settings.photographs_seen / results.num_training:.1f} epochs), "
        f"{interval(scratch)}. All that follows is about {results.best_block}, of both networks: "
        "the block at which the trained network does best on training photographs held out."
    )


def _fine_tuned(results: ProbeResults) -> str:
    counts = next(iter(results.fine_tuned.values()))
    rows = [
        [count, f"{tuned.photographs:,}"]
        + [interval(results.fine_tuned[name][count].accuracy) for name in results.fine_tuned]
        for count, tuned in counts.items()
    ]
    return (
        "## Fine-tuning with few labels\n\nTop-1 accuracy, in percent, of the backbone up to "
        f"{results.best_block} and a linear layer, trained together on "
        f"{results.settings.photographs_seen:,} photographs seen, beginning from what colorization "
        "has taught or from random weights.\n\n"
        + table(["labels a class", "photographs", *results.fine_tuned], rows)
    )


def _localized(results: ProbeResults) -> str:
    rows = [
        [
            f"{name} *" if name == END_TO_END else name,
            interval(localized.mean_iou, 3),
            interval(localized.found),
        ]
        for name, localized in results.localized.items()
    ]
    return (
        "## Localization\n\nThe box of a photograph pasted, reduced and with a feathered seam, "
        f"onto one of another class, regressed from {results.best_block}. A small head is trained "
        f"for {FROZEN_EPOCHS} epochs on {results.num_pasted:,} such pictures; the backbone is "
        "frozen (* trained with it, from random weights, on "
        f"{results.settings.photographs_seen:,} pictures seen).\n\n"
        + table(["features", "mean IoU", "IoU > 0.5, %"], rows)
    )
