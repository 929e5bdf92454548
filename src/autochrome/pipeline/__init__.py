"""A photograph in, a photograph out."""

from autochrome.pipeline.colorizer import Colored, Colorizer
from autochrome.pipeline.decode import check_options
from autochrome.pipeline.files import ColorizeResult
from autochrome.pipeline.hints import Hint, parse_hint, read_hints
from autochrome.pipeline.options import ColorizeOptions
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.shortcut import colorize
from autochrome.pipeline.variants import Variant

__all__ = [
    "Colored",
    "ColorizeOptions",
    "ColorizeResult",
    "Colorizer",
    "Hint",
    "Prediction",
    "Variant",
    "check_options",
    "colorize",
    "parse_hint",
    "read_hints",
]
