"""A film in, the same film in color out."""

from autochrome.video.arrays import colorize_frames
from autochrome.video.colorize import colorize_video
from autochrome.video.contact_sheet import write_contact_sheet
from autochrome.video.container.excerpt import Excerpt, parse_excerpt
from autochrome.video.options import VideoOptions
from autochrome.video.result import LiveReport, VideoResult
from autochrome.video.retouch.hints import SceneHint, parse_scene_hint, read_scene_hints
from autochrome.video.retouch.reference import Reference, parse_reference

__all__ = [
    "Excerpt",
    "LiveReport",
    "Reference",
    "SceneHint",
    "VideoOptions",
    "VideoResult",
    "colorize_frames",
    "colorize_video",
    "parse_excerpt",
    "parse_reference",
    "parse_scene_hint",
    "read_scene_hints",
    "write_contact_sheet",
]
