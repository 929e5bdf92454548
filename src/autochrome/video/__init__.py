"""A film in, the same film in color out."""

from autochrome.video.arrays import colorize_frames
from autochrome.video.colorize import colorize_video
from autochrome.video.options import VideoOptions
from autochrome.video.result import LiveReport, VideoResult

__all__ = ["LiveReport", "VideoOptions", "VideoResult", "colorize_frames", "colorize_video"]
