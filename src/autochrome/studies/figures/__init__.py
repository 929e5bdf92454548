"""The figures of the literature, drawn anew from the program itself."""

from autochrome.studies.figures.draw import FIGURES, draw_figures

__all__ = ["FIGURES", "draw_figures"]
