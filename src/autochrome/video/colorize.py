"""One film in, one film out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

import av

from autochrome.atomic import atomic_path, remove_abandoned
from autochrome.errors import OutputError, StoppedError, UnreadableVideoError, UsageError
from autochrome.photo.failure import disk_failure
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.video.addresses import is_stream
from autochrome.video.contact_sheet import ContactSheet, check_sheet
from autochrome.video.containers import choose_codec
from autochrome.video.encoder import CODECS, choose_format, format_warnings
from autochrome.video.excerpt import Excerpt, format_time
from autochrome.video.fingerprint import fingerprint
from autochrome.video.frames import color_frames
from autochrome.video.hints import check_hints, unused_hints
from autochrome.video.mux import check_container, mux_film
from autochrome.video.numbering import is_sequence
from autochrome.video.options import VideoOptions
from autochrome.video.painter import open_painter
from autochrome.video.picture import look_at_picture
from autochrome.video.reference import check_references
from autochrome.video.result import VideoResult
from autochrome.video.scene import SceneState
from autochrome.video.segments import SegmentWriter
from autochrome.video.sequences import colorize_sequence
from autochrome.video.source import Clip, Damage, describe, open_input, read_frames
from autochrome.video.stream import colorize_stream
from autochrome.video.work_folder import ResumePoint, WorkFolder, open_work

_SEGMENT_S = 5.0  # seconds of film after which a part ends at the next scene
_LONG_SEGMENT_S = 15.0  # and after which it ends within a scene


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
    after the last part, and gives the same film. The folder is removed when the film is done.

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
        If the destination cannot hold it.
    OutputError, DiskFullError
        If the destination exists, or cannot be written; the work that is done is kept.
    StoppedError
        If it was stopped; what is done is kept, with a film of it to look at.
    """
    if elsewhere := _elsewhere(source, destination):
        if (options and (options.references or options.excerpt)) or contact_sheet:
            raise UsageError(
                "References, previews and contact sheets are of films that are files", "Give a file"
            )
        return elsewhere(
            str(source),
            str(destination),
            options or VideoOptions(),
            colorizer or Colorizer.open(),
            overwrite=overwrite,
            progress=progress,
        )
    source, destination = Path(source), Path(destination)
    options = choose_codec(destination, options or VideoOptions())
    with open_input(source) as container:
        clip = describe(container, source.name)
        clip, _ = look_at_picture(clip, read_frames(container))
    check_hints(options.hints, clip)
    check_references(options.references)
    if contact_sheet:
        check_sheet(Path(contact_sheet), overwrite=overwrite)
    _check_destination(source, destination, clip, options, overwrite=overwrite)
    colorizer = colorizer or Colorizer.open()
    damage = Damage()
    run = fingerprint(source, options, colorizer)
    with _writing(destination), open_work(destination, run, restart=overwrite) as work:
        resumed = bool(work.segments)
        sheet = ContactSheet(work.path, clip) if contact_sheet else None
        if not work.is_colored:
            with closing(_color_rest(source, work, clip, options, colorizer, damage)) as colored:
                left = _count_left(work, clip, options.excerpt)
                shown = progress(colored, total=left, description=clip.name)
                if sheet:
                    shown = sheet.watch(shown)
                _write_segments(shown, work, clip, options, is_stopped)
        if not work.is_colored:
            raise _stopped(source, destination, work, clip, options)
        with atomic_path(destination) as temporary:
            warnings = mux_film(source, work.path, work.segments, temporary, clip, options)
        scenes = work.segments[-1].scene + 1
        if contact_sheet and sheet and sheet.write(Path(contact_sheet)) < scenes:
            warnings.append("The contact sheet has only the scenes that this run has colored")
        work.clear()
    first, last = work.segments[0], work.segments[-1]
    warnings += damage.warnings(clip, is_whole=options.excerpt is None)
    warnings += format_warnings(clip, options)
    warnings += unused_hints(options.hints, scenes)
    return VideoResult(
        source,
        destination,
        frames=sum(segment.frames for segment in work.segments),
        scenes=scenes,
        seconds=float((last.end - first.first) * clip.time_base),
        warnings=tuple(warnings),
        resumed=resumed,
    )


def _elsewhere(source: str | Path, destination: str | Path) -> Callable[..., VideoResult] | None:
    """Choose what colors a film that does not go from one file to one file."""
    if is_sequence(source) or is_sequence(destination):
        return colorize_sequence
    if is_stream(source) or is_stream(destination):
        return colorize_stream
    return None


def _color_rest(
    source: Path,
    work: WorkFolder,
    clip: Clip,
    options: VideoOptions,
    colorizer: Colorizer,
    damage: Damage,
) -> Generator[tuple[av.VideoFrame, int, SceneState | None], None, None]:
    """Color what no part has yet."""
    return color_frames(
        colorizer,
        _frames_from(source, work.resume, damage, clip, options.excerpt),
        clip,
        choose_format(clip, options),
        options,
        work.resume.state if work.resume else None,
        open_painter(source, clip, options, colorizer),
    )


def _count_left(work: WorkFolder, clip: Clip, excerpt: Excerpt | None) -> int | None:
    """Tell about how many frames there are to color."""
    total = clip.frames
    if total and excerpt and clip.rate:
        beyond = max(0, total - round(excerpt.start * clip.rate))
        total = min(beyond, round(excerpt.seconds * clip.rate))
    done = sum(segment.frames for segment in work.segments)
    return max(0, total - done) if total else None


def _check_destination(
    source: Path, destination: Path, clip: Clip, options: VideoOptions, *, overwrite: bool
) -> None:
    if destination.exists():
        if destination.samefile(source):
            raise OutputError(f"{destination} is the input", "Choose another output")
        if not overwrite:
            raise OutputError(
                f"{destination} exists", "Choose another output, or allow overwriting"
            )
    with _writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(destination.parent)
        check_container(source, destination, clip, options)


@contextmanager
def _writing(destination: Path) -> Iterator[None]:
    """Turn what the system says into errors of ours."""
    try:
        yield
    except MemoryError:
        raise
    except (OSError, av.FFmpegError) as error:
        full = disk_failure(destination, error) if isinstance(error, OSError) else None
        reason = error.strerror or str(error)
        raise full or OutputError(f"Cannot write {destination}: {reason}") from error


def _frames_from(
    source: Path,
    resume: ResumePoint | None,
    damage: Damage,
    clip: Clip,
    excerpt: Excerpt | None,
) -> Iterator[av.VideoFrame]:
    """Decode a film or a piece of it, from the beginning or from where an earlier run has come to.

    Raises
    ------
    UsageError
        If the film is over before the piece begins.
    """
    frames = _resumed(source, resume, damage) if resume else _decoded(source, damage, clip, excerpt)
    if excerpt is None:
        yield from frames
        return
    frame = None
    for frame in excerpt.cut(frames, clip.start_seconds):
        yield frame
    if frame is None:
        raise UsageError(f"{clip.name} is over before {format_time(excerpt.start)}")


def _decoded(
    source: Path, damage: Damage, clip: Clip, excerpt: Excerpt | None
) -> Iterator[av.VideoFrame]:
    start = excerpt.start if excerpt else 0
    ticks = int((clip.start_seconds + start) / clip.time_base) if start else None
    with open_input(source) as container:
        yield from read_frames(container, damage, ticks)


def _resumed(source: Path, resume: ResumePoint, damage: Damage) -> Iterator[av.VideoFrame]:
    # Where the index of a file leads nowhere, it is decoded from the beginning.
    for start in (resume.pts, None):
        with open_input(source) as container:
            frames = read_frames(container, damage, start)
            first = next((frame for frame in frames if _pts(frame) >= resume.pts), None)
            if first is not None and first.pts == resume.pts:
                yield from chain([first], frames)
                return
    raise UnreadableVideoError(
        f"{source} has no frame where an earlier run ended",
        "Remove the folder of its parts and run this again",
    )


def _pts(frame: av.VideoFrame) -> int:
    assert frame.pts is not None
    return frame.pts


def _write_segments(
    colored: Iterable[tuple[av.VideoFrame, int, SceneState | None]],
    work: WorkFolder,
    clip: Clip,
    options: VideoOptions,
    is_stopped: Callable[[], bool],
) -> None:
    """Encode colored frames in parts, up to the end or until it is stopped."""
    suffix = CODECS[options.codec or "h264"].segment
    writer: SegmentWriter | None = None
    try:
        for frame, scene, state in colored:
            stopped = state is not None and is_stopped()
            if writer and state and (stopped or _is_long(writer, state)):
                work.add(writer.close(), ResumePoint(_pts(frame), state))
                writer = None
            if stopped:
                return
            writer = writer or SegmentWriter(work.next_segment(suffix), clip, options)
            writer.write(frame, scene)
        if writer is None:
            raise UnreadableVideoError(f"Not one frame of {clip.name} could be decoded")
        work.add(writer.close(), None)
        writer = None
    finally:
        if writer:
            writer.abandon()


def _is_long(writer: SegmentWriter, state: SceneState) -> bool:
    is_new_scene = state.number == 0
    return writer.seconds >= (_SEGMENT_S if is_new_scene else _LONG_SEGMENT_S)


def _stopped(
    source: Path, destination: Path, work: WorkFolder, clip: Clip, options: VideoOptions
) -> StoppedError:
    """Make a film of what there is, and tell where it is."""
    advice = "The same command goes on from there"
    if not work.segments:
        return StoppedError("Stopped before the first part was done", "Run it again to begin")
    path = work.film_so_far(destination.suffix.lower())
    with atomic_path(path) as temporary:
        mux_film(source, work.path, work.segments, temporary, clip, options, is_whole=False)
    first, last = work.segments[0], work.segments[-1]
    seconds = float((last.end - first.first) * clip.time_base)
    return StoppedError(
        f"Stopped after {seconds:.1f} s of {clip.name}, which are in {path}", advice
    )
