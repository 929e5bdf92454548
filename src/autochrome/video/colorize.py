"""One film in, one film out."""

from __future__ import annotations

from pathlib import Path

import av
from av.video.frame import PictureType

from autochrome.pipeline import Colorizer
from autochrome.video.addresses import is_stream
from autochrome.video.encoder import add_video_stream, choose_format
from autochrome.video.frames import color_frames
from autochrome.video.numbering import is_sequence
from autochrome.video.options import VideoOptions
from autochrome.video.result import VideoResult
from autochrome.video.sequences import colorize_sequence
from autochrome.video.source import describe, open_input, read_frames
from autochrome.video.stream import colorize_stream


def colorize_video(
    source: str | Path,
    destination: str | Path,
    options: VideoOptions | None = None,
    *,
    colorizer: Colorizer | None = None,
    overwrite: bool = False,
) -> VideoResult:
    """Color a film."""
    options = options or VideoOptions()
    colorizer = colorizer or Colorizer.open()
    if is_sequence(source) or is_sequence(destination):
        return colorize_sequence(
            str(source), str(destination), options, colorizer, overwrite=overwrite
        )
    if is_stream(source) or is_stream(destination):
        return colorize_stream(
            str(source), str(destination), options, colorizer, overwrite=overwrite
        )
    source, destination = Path(source), Path(destination)
    count = scenes = 0
    with open_input(source) as container, av.open(str(destination), "w") as output:
        clip = describe(container, source.name)
        stream = add_video_stream(output, clip, options)
        pix_fmt = choose_format(clip, options)
        colored = color_frames(colorizer, read_frames(container), clip, pix_fmt, options)
        for frame, scene, _ in colored:
            count += 1
            scenes = scene + 1
            frame.pict_type = PictureType.NONE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return VideoResult(source, destination, count, scenes)
