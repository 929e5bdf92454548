"""``autochrome video``: a film in, the same film in color out."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autochrome.cli.failure import arrow, show_error, tell
from autochrome.cli.log import start_logging
from autochrome.cli.options import look_options, model_options, telling_options
from autochrome.cli.progress import terminal_progress
from autochrome.cli.variables import given_here
from autochrome.cli.words import count
from autochrome.interrupt import until_interrupted

if TYPE_CHECKING:
    from autochrome.errors import StoppedError
    from autochrome.pipeline import Colorizer
    from autochrome.progress import Progress
    from autochrome.video import VideoOptions, VideoResult

_OF_THE_FILM = {"codec", "crf", "speed", "format", "rate"}  # options of how it is written


@click.command(context_settings={"show_default": True})
@click.argument("film", metavar="FILM")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="By default NAME.color.EXT beside the film, .mkv for what can only be read; "
    "- for stdout. Its suffix chooses the container: .mp4, .m4v, .mov or .mkv.",
)
@look_options
@click.option(
    "--hint",
    "hints",
    multiple=True,
    metavar="SCENE:X,Y=#RRGGBB",
    help="The color at a place of a scene's first frame, in pixels from the top left or as "
    "2:50%,30%=#6090c0; it moves with what is there. Without SCENE, of the first. May be "
    "given again.",
)
@click.option(
    "--hints",
    "hints_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A text file of such hints, one a line.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="FRAME=PHOTO",
    help="A color still; the scene takes its colors over that has this frame, by number from 0 or "
    "by time, as 0:05 or 12.4s. May be given again, once a scene.",
)
@click.option(
    "--contact-sheet",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A picture (.jpg, .png, .webp) of every scene with its number; without --output nothing "
    "else is written.",
)
@click.option(
    "--preview",
    metavar="[START+]LENGTH",
    help="Only a piece: 10s are the first ten seconds, 1:30+10s those from 1:30 on.",
)
@click.option(
    "--codec",
    type=click.Choice(["h264", "h265", "prores", "ffv1"]),
    default="h264",
    help="Of the picture; ffv1 loses nothing.",
)
@click.option(
    "--crf", type=int, default=17, help="Of h264 and h265, 0 to 51: lower is better, and larger."
)
@click.option(
    "--speed",
    default="medium",
    metavar="PRESET",
    help="Of h264 and h265, the encoder's own preset, ultrafast to veryslow: slower is smaller.",
)
@click.option(
    "--format",
    type=click.Choice(["matroska", "mp4", "mpegts"]),
    default="matroska",
    help="Of what goes to stdout or another pipe.",
)
@click.option(
    "--rate",
    default="24",
    metavar="FPS",
    help="Frames a second of a film made of images, as 25 or 24000/1001.",
)
@model_options
@click.option(
    "--threads",
    type=click.IntRange(1),
    show_default="one a core",
    help="What the network may use of the CPU.",
)
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one line of JSON on stdout when all is done.",
)
@telling_options
def video(
    film: str,
    verbose: int,
    hints: tuple[str, ...],
    hints_file: Path | None,
    references: tuple[str, ...],
    preview: str | None,
    rate: str,
    **given: Any,
) -> None:
    """Color a film; its sound, subtitles and times stay as they are.

    \b
    autochrome video old.mp4                        writes old.color.mp4
    autochrome video old.avi -o new.mp4
    autochrome video old.mkv -o new.mkv --codec ffv1
    autochrome video old.mp4 --preview 1:30+10s -o look.mp4
    autochrome video old.mp4 --contact-sheet scenes.jpg
    autochrome video old.mp4 --hint 2:50%,30%=#6090c0
    autochrome video old.mp4 --reference 120=colored-120.png
    autochrome video frames/%05d.png -o new.mp4 --rate 25
    ffmpeg -i old.mp4 -f matroska - | autochrome video - -o - | ffplay -
    autochrome video udp://0.0.0.0:5000 -o udp://player:5000

    A film is worked on in parts. The same command, given again after whatever has stopped
    it, goes on after the last part.
    """  # noqa: D301  \b is click's mark for a paragraph kept as it is
    import av  # noqa: F401  the first that is missing without the extra: its name tells which

    from autochrome.pipeline import ColorizeOptions
    from autochrome.video import (
        VideoOptions,
        parse_excerpt,
        parse_reference,
        parse_scene_hint,
        read_scene_hints,
    )

    start_logging(verbose)
    about_color = {field.name for field in fields(ColorizeOptions)} & given.keys()
    about_film = {field.name for field in fields(VideoOptions)} & given.keys()
    options = VideoOptions(
        color=ColorizeOptions(**{name: given.pop(name) for name in about_color}),
        hints=(
            *(read_scene_hints(hints_file) if hints_file else ()),
            *map(parse_scene_hint, hints),
        ),
        references=tuple(map(parse_reference, references)),
        excerpt=parse_excerpt(preview) if preview else None,
        rate=_read_rate(rate),
        **{name: given.pop(name) for name in about_film},
    )
    run = VideoRun(film=film, typed=given_here(), **given)
    run.refuse_idle(options)
    if run.contact_sheet and not run.output:
        run.draw_sheet(options)
    else:
        run.color(options)


@dataclass(frozen=True, kw_only=True)
class VideoRun:
    """What the command line says, the options of the film apart."""

    film: str
    typed: frozenset[str]  # the options of the command line, by their names
    output: str | None
    contact_sheet: Path | None
    model: str | None
    device: Any
    threads: int | None
    overwrite: bool
    as_json: bool
    quiet: bool

    @property
    def destination(self) -> str:
        """Where the film goes.

        Raises
        ------
        click.UsageError
            If it has to be said, and is not.
        """
        from autochrome.photo.naming import result_name
        from autochrome.video.container.containers import CONTAINERS

        if self.output:
            return self.output
        path = Path(self.film)
        suffix = path.suffix.lower()
        if not path.is_file() and suffix not in CONTAINERS:  # a pipe, an address, images
            raise click.UsageError("Say with --output where the film goes.")
        name = result_name(path, suffix if suffix in CONTAINERS else ".mkv")
        return str(path.with_name(name))

    @property
    def is_resumable(self) -> bool:
        """Whether work is done in parts: only from file to file."""
        from autochrome.video.container.addresses import is_stream
        from autochrome.video.container.numbering import is_sequence

        places = (self.film, self.destination)
        return not any(is_stream(place) or is_sequence(place) for place in places)

    @property
    def progress(self) -> Progress:
        """Shows frames, how many a second, and the time that is left."""
        return terminal_progress(quiet=self.quiet or self.as_json, unit="frames/s")

    def refuse_idle(self, options: VideoOptions) -> None:
        """Refuse options that would change nothing here.

        Raises
        ------
        UsageError
            If one was typed.
        """
        from autochrome.errors import UsageError
        from autochrome.video.container.addresses import is_pipe
        from autochrome.video.container.encoder import BY_RATE_FACTOR
        from autochrome.video.container.numbering import is_sequence

        if self.contact_sheet and not self.output:
            if idle := self.typed & _OF_THE_FILM:
                advice = "Give --output too, or leave it out"
                raise UsageError(f"--contact-sheet alone writes no film for --{min(idle)}", advice)
            return
        if is_sequence(self.destination) and (idle := self.typed & _OF_THE_FILM):
            raise UsageError(f"--{min(idle)} is for a film, and --output is for images")
        if options.codec not in BY_RATE_FACTOR and (idle := self.typed & {"crf", "speed"}):
            fitting = " or ".join(BY_RATE_FACTOR)
            raise UsageError(
                f"--{min(idle)} is for --codec {fitting}, not {options.codec}",
                "Leave one of them out",
            )
        if "rate" in self.typed and not is_sequence(self.film):
            raise UsageError("--rate is for a FILM of images", f"{self.film} has its own times")
        if "format" in self.typed and not is_pipe(self.destination):
            raise UsageError("--format is for --output -", "The name of a file chooses its format")

    def open_colorizer(self, options: VideoOptions) -> Colorizer:
        """Load the model, and refuse options that it cannot follow."""
        from autochrome.models import DEFAULT_MODEL
        from autochrome.pipeline import Colorizer, check_options

        colorizer = Colorizer.open(
            self.model or DEFAULT_MODEL, device=self.device, num_threads=self.threads
        )
        check_options(options.color, colorizer.manifest.decode)
        return colorizer

    def color(self, options: VideoOptions) -> None:
        """Color the film and tell of it.

        Raises
        ------
        AutochromeError
            If it cannot be done.
        click.exceptions.Exit
            If it was stopped.
        """
        from autochrome.errors import StoppedError
        from autochrome.video import colorize_video

        destination = self.destination
        if self.as_json and destination == "-":
            raise click.UsageError("--json and a film cannot both go to stdout.")
        try:
            with until_interrupted() if self.is_resumable else nullcontext(_never) as is_stopped:
                result = colorize_video(
                    self.film,
                    destination,
                    options,
                    colorizer=self.open_colorizer(options),
                    overwrite=self.overwrite,
                    progress=self.progress,
                    is_stopped=is_stopped,
                    contact_sheet=self.contact_sheet,
                )
        except StoppedError as error:
            _tell_how_to_go_on(error)
            raise click.exceptions.Exit(error.exit_code) from None
        self._tell_result(result)

    def draw_sheet(self, options: VideoOptions) -> None:
        """Draw a contact sheet alone, and tell of it; raises AutochromeError if it cannot."""
        from autochrome.video import write_contact_sheet

        assert self.contact_sheet
        scenes = write_contact_sheet(
            self.film,
            self.contact_sheet,
            options,
            colorizer=self.open_colorizer(options),
            overwrite=self.overwrite,
            progress=self.progress,
        )
        if self.as_json:
            line = {"source": self.film, "contact_sheet": str(self.contact_sheet), "scenes": scenes}
            click.echo(json.dumps(line))
        elif not self.quiet:
            tell(f"{arrow(self.film, self.contact_sheet)} ({count(scenes, 'scene')})")

    def _tell_result(self, result: VideoResult) -> None:
        if self.as_json:
            click.echo(json.dumps(asdict(result), default=str))
            return
        if self.quiet:
            return
        how = f"{count(result.frames, 'frame')}, {count(result.scenes, 'scene')}"
        tell(f"{arrow(result.source, result.destination)} ({how})")
        if result.live:
            tell(str(result.live))
        for warning in result.warnings:
            tell(f"Warning: {warning}")


def _read_rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise click.UsageError(f"The rate {text!r} is no number of frames a second.")
    return rate


def _never() -> bool:
    return False


def _tell_how_to_go_on(error: StoppedError) -> None:
    """Say what was kept, and give the line that goes on from there."""
    show_error(error)
    tell(f"  {shlex.join(['autochrome', *sys.argv[1:]])}")
