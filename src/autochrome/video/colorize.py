"""One film in, one film out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.video.frame import PictureType

from autochrome.pipeline import Colorizer
from autochrome.video.encoder import add_video_stream, choose_format, format_warnings
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.picture import look_at_picture
from autochrome.video.source import describe, open_input, read_frames


@dataclass(frozen=True)
class VideoResult:
    """What became of a film.

    Parameters
    ----------
    source, destination : where it was read and written.
    frames, scenes : how many there are.
    warnings : what a person should know.
    """

    source: Path
    destination: Path
    frames: int
    scenes: int
    warnings: tuple[str, ...] = ()


def colorize_video(
    source: str | Path,
    destination: str | Path,
    options: VideoOptions | None = None,
    *,
    colorizer: Colorizer | None = None,
    overwrite: bool = False,
) -> VideoResult:
    """Color a film."""
    source, destination = Path(source), Path(destination)
    options = options or VideoOptions()
    colorizer = colorizer or Colorizer.open()
    count = scenes = 0
    with open_input(source) as container, av.open(str(destination), "w") as output:
        clip = describe(container, source.name)
        clip, frames = look_at_picture(clip, read_frames(container))
        stream = add_video_stream(output, clip, options)
        pix_fmt = choose_format(clip, options)
        colored = color_frames(colorizer, frames, clip, pix_fmt, options)
        for frame, scene, _ in colored:
            count += 1
            scenes = scene + 1
            frame.pict_type = PictureType.NONE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return VideoResult(source, destination, count, scenes, format_warnings(clip, options))
