"""What comes of it: lightness, the colorized photograph, and the truth."""

from __future__ import annotations

from matplotlib.figure import Figure

from autochrome.color import rgb8_to_lab
from autochrome.evaluate.baselines import grey
from autochrome.evaluate.join import join
from autochrome.studies.figures.style import WIDTH, new_figure, show_picture
from autochrome.studies.figures.subject import Subject


def draw_before_after(subject: Subject) -> Figure:
    """Draw a row for each photograph."""
    heights = [rgb.shape[0] / rgb.shape[1] for rgb in subject.photographs]
    figure = new_figure(WIDTH / 3 * sum(heights) + 0.3)
    grid = figure.subplots(len(heights), 3, squeeze=False, height_ratios=heights)
    for index, (row, rgb) in enumerate(zip(grid, subject.photographs, strict=True)):
        lightness = rgb8_to_lab(rgb)[..., 0]
        gray = join(lightness, grey(lightness))
        titles = ("lightness", "colorized", "photograph") if index == 0 else ("", "", "")
        for axes, picture, title in zip(
            row, (gray, subject.colorized(rgb), rgb), titles, strict=True
        ):
            show_picture(axes, picture, title)
    return figure
