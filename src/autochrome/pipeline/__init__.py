"""A photograph in, a photograph out."""

from autochrome.pipeline.colorizer import Colorizer, ColorizeResult
from autochrome.pipeline.options import ColorizeOptions

__all__ = ["ColorizeOptions", "ColorizeResult", "Colorizer"]
