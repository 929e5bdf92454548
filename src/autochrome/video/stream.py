"""A film in one pass: what comes through a pipe is read once, and what goes out stays as it is.

Color is settled some frames late, sound is not. Meanwhile libavformat holds packets of sound back:
a second or two of them, whatever the length of the film.
"""

from __future__ import annotations

from contextlib import closing

from autochrome.errors import UnreadableVideoError
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.video.container.addresses import is_live, open_source
from autochrome.video.container.encoder import choose_format, format_warnings
from autochrome.video.container.reading import Reading
from autochrome.video.container.sink import open_sink
from autochrome.video.container.source import describe
from autochrome.video.frames import color_frames
from autochrome.video.live import colorize_live
from autochrome.video.options import VideoOptions
from autochrome.video.picture.check import look_at_picture
from autochrome.video.result import VideoResult
from autochrome.video.retouch.hints import check_hints, unused_hints


def colorize_stream(
    source: str,
    destination: str,
    options: VideoOptions,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> VideoResult:
    """Color a film that is read or written once, from its beginning to its end.

    Parameters
    ----------
    source, destination : of which one at least is no file; see `open_source` and `open_sink`.
    options, colorizer, overwrite, progress : see `colorize_video`.

    Raises
    ------
    UnreadableVideoError
        If nothing that can be read comes, or it breaks off. What came before has gone to a pipe;
        a file is not written.
    UsageError
        If a hint lies outside the picture.
    OutputError
        If the destination cannot be written, or nobody reads it any more.
    """
    if is_live(source):
        return colorize_live(source, destination, options, colorizer, overwrite=overwrite)
    count = scenes = 0
    with (
        open_source(source) as container,
        open_sink(destination, options, overwrite=overwrite) as sink,
    ):
        clip = describe(container, source)
        reading = Reading(container, clip)
        clip, frames = look_at_picture(clip, reading.frames())
        check_hints(options.hints, clip)
        sink.add_video(clip, options)
        left_out = sink.copy_streams(container, reading.covers())
        shown = progress(frames, total=None, description="Coloring")
        pix_fmt = choose_format(clip, options)
        with closing(color_frames(colorizer, shown, clip, pix_fmt, options)) as colored:
            for frame, scene, _ in colored:
                count, scenes = count + 1, scene + 1
                sink.encode(frame)
                reading.carry(sink)
        sink.encode(None)
        reading.carry(sink)
        if reading.broken:
            sink.close()
            raise UnreadableVideoError(
                f"{source} breaks off after {count} frames ({reading.broken})",
                "Copy or send it again",
            )
        warnings = left_out + format_warnings(clip, options)
        warnings += reading.warnings() + sink.warnings() + unused_hints(options.hints, scenes)
    return VideoResult(source, destination, count, scenes, warnings=warnings)
