"""A film in, the same film in color out."""

from autochrome.video.colorize import VideoResult, colorize_video
from autochrome.video.options import VideoOptions

__all__ = ["VideoOptions", "VideoResult", "colorize_video"]
