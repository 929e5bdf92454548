"""What a model does to skin, in words and tables."""

from __future__ import annotations

from collections.abc import Iterable

from autochrome.evaluate import Estimate
from autochrome.studies.examination.results import Results
from autochrome.studies.examination.skin import CHROMAS, HUES
from autochrome.studies.examination.skin_bands import SkinBand
from autochrome.studies.pages import interval, table

# Title, factor and decimals.
_COLUMNS = {
    "chroma_ratio": ("chroma, predicted / true", 1, 2),
    "chroma_error": ("chroma error", 1, 1),
    "absolute_chroma_error": ("absolute", 1, 1),
    "hue_error": ("hue error, °", 1, 1),
    "absolute_hue_error": ("absolute, °", 1, 1),
    "bleached": ("bleached, %", 100, 0),
    "skin_colored": ("skin-colored, %", 100, 0),
}


def skin_page(results: Results) -> str:
    """Lay out both tables as a Markdown page; says so if no skin was found."""
    head = f"# What {results.manifest.name} {results.manifest.version} does to skin\n\n"
    sources = ", ".join(results.skin_sources)
    if not results.skin:
        return (
            f"{head}Not measured: none of the {results.num_photographs:,} photographs is of a "
            f"collection of faces ({sources}) and shows enough skin. --skin-source names others; a "
            "folder's photographs have its name for a source.\n"
        )
    return (
        f"{head}{len(results.skin):,} photographs of {sources}; protocol "
        f"`{results.protocol.name}`, the model's own decoding. Skin is what has a hue angle of "
        f"{HUES[0]:g} to {HUES[1]:g} degrees and a chroma of {CHROMAS[0]:g} to {CHROMAS[1]:g} in "
        "the middle of the photograph: some hair and some background too. In brackets: 95 % "
        "bootstrap intervals over photographs; where there are fewer than ten, believe none.\n\n"
        "A hue error above 0 is toward yellow, below 0 toward red. Bleached: less than half of the "
        "true chroma. Skin-colored: the predicted color, too, is one that skin may have; a vivid "
        "orange and gray are not.\n\n"
        f"## By the L* of each pixel\n\n{_table(results.skin_by_pixel)}\n\n"
        f"## By the median L* of each face\n\n{_table(results.skin_by_face)}\n"
    )


def _table(bands: Iterable[SkinBand]) -> str:
    titles = ["L*", "photographs", "pixels", *(title for title, _, _ in _COLUMNS.values())]
    return table(titles, [_row(band) for band in bands])


def _row(band: SkinBand) -> list[str]:
    cells = [band.band, f"{band.num_photographs:,}", f"{band.num_pixels:,}"]
    for name, (_, factor, decimals) in _COLUMNS.items():
        figure = band.figures.get(name)
        scaled = figure and Estimate(*(factor * number for number in figure))
        cells.append(interval(scaled, decimals) if scaled else "")
    return cells
