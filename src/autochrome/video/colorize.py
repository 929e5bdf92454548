"""A film in, the same film in color out, wherever it comes from and goes to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autochrome.errors import UsageError
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.video.container.addresses import is_stream
from autochrome.video.container.numbering import is_sequence
from autochrome.video.film import colorize_film
from autochrome.video.options import VideoOptions
from autochrome.video.result import VideoResult
from autochrome.video.sequences import colorize_sequence
from autochrome.video.stream import colorize_stream


def colorize_video(
    source: str | Path,
    destination: str | Path,
    options: VideoOptions | None = None,
    *,
    colorizer: Colorizer | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
    is_stopped: Callable[[], bool] = lambda: False,
    contact_sheet: str | Path | None = None,
) -> VideoResult:
    """Color a film.

    Its times, sound, subtitles, chapters and names are kept. It is worked on in parts, in a folder
    beside the output (``film.mp4.parts``): after whatever has stopped it, the same call goes on
    after the last part, to the same colors. The folder is removed when the film is done.

    Parameters
    ----------
    source : anything that FFmpeg reads; "-" for stdin, a live address (see `open_source`), or a
        sequence of images: a pattern like ``frames/%05d.png``, or a folder.
    destination : ends in .mp4, .m4v, .mov or .mkv; or, likewise, "-" for stdout, an address, or a
        sequence of images. Only from file to file is work done in parts.
    options : of color and encoding.
    colorizer : opened with the default model if there is none.
    overwrite : replace an existing file, and throw away the parts of one that was made otherwise.
    progress : shows the frames.
    is_stopped : asked at every key frame; when it says so, the part is finished and
        `StoppedError` is raised.
    contact_sheet : where to write one too, as `write_contact_sheet` does.

    Raises
    ------
    UnreadableVideoError
        If the source is missing, or not a film.
    UsageError
        If the destination cannot hold it, or the options are of another type or do nothing there.
    OutputError, DiskFullError
        If the destination exists, or cannot be written; the work that is done is kept.
    StoppedError
        If it was stopped; what is done is kept, with a film of it to look at.
    """
    options = VideoOptions() if options is None else options
    VideoOptions.check(options)
    if not is_sequence(destination):
        _refuse_idle(options)
    if elsewhere := _elsewhere(source, destination):
        if options.references or options.excerpt or contact_sheet:
            raise UsageError(
                "References, previews and contact sheets are of films that are files", "Give a file"
            )
        colorizer = colorizer or Colorizer.open()
        return elsewhere(
            str(source),
            str(destination),
            options,
            colorizer,
            overwrite=overwrite,
            progress=progress,
        )
    return colorize_film(
        Path(source),
        Path(destination),
        options,
        colorizer,
        overwrite=overwrite,
        progress=progress,
        is_stopped=is_stopped,
        contact_sheet=Path(contact_sheet) if contact_sheet else None,
    )


def _refuse_idle(options: VideoOptions) -> None:
    """Refuse what is asked of images, and of no film."""
    color, usual = options.color, ColorizeOptions()
    for name in ("profile", "autorotate", "mark"):
        if getattr(color, name) != getattr(usual, name):
            raise UsageError(f"{name} is for images, not for a film", "Leave it out")


def _elsewhere(source: str | Path, destination: str | Path) -> Callable[..., VideoResult] | None:
    """Choose what colors a film that does not go from one file to one file."""
    if is_sequence(source) or is_sequence(destination):
        return colorize_sequence
    if is_stream(source) or is_stream(destination):
        return colorize_stream
    return None
