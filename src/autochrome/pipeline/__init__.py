"""A photograph in, a photograph out."""

from autochrome.pipeline.colorizer import Colorizer, ColorizeResult
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.shortcut import colorize

__all__ = ["ColorizeOptions", "ColorizeResult", "Colorizer", "colorize"]
