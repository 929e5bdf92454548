"""From file to file: a film is worked on in parts, which are joined at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import av

from autochrome.atomic import atomic_path, remove_abandoned
from autochrome.errors import OutputError, StoppedError, UnreadableVideoError
from autochrome.photo.failure import disk_failure
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress
from autochrome.video.contact_sheet import ContactSheet, check_sheet
from autochrome.video.container.containers import check_codec
from autochrome.video.container.encoder import CODECS, choose_format, format_warnings
from autochrome.video.container.excerpt import Excerpt
from autochrome.video.container.source import Clip, Damage, describe, open_input, read_frames
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.parts.fingerprint import fingerprint
from autochrome.video.parts.left import frames_left, ticks_of
from autochrome.video.parts.mux import check_container, mux_film
from autochrome.video.parts.segments import SegmentWriter
from autochrome.video.parts.work_folder import ResumePoint, WorkFolder, open_work
from autochrome.video.picture.check import look_at_picture
from autochrome.video.result import VideoResult
from autochrome.video.retouch.hints import check_hints, unused_hints
from autochrome.video.retouch.painter import open_painter
from autochrome.video.retouch.reference import check_references
from autochrome.video.steady.scene import SceneState

_SEGMENT_S = 5.0  # seconds of film after which a part ends at the next scene
_LONG_SEGMENT_S = 15.0  # and after which it ends within a scene


def colorize_film(
    source: Path,
    destination: Path,
    options: VideoOptions,
    colorizer: Colorizer | None,
    *,
    overwrite: bool,
    progress: Progress,
    is_stopped: Callable[[], bool],
    contact_sheet: Path | None,
) -> VideoResult:
    """Color a film that is a file into another; see `colorize_video`."""
    check_codec(destination, options)
    with open_input(source) as container:
        clip = describe(container, source.name)
        clip, _ = look_at_picture(clip, read_frames(container))
    check_hints(options.hints, clip)
    check_references(options.references)
    if contact_sheet:
        check_sheet(contact_sheet, overwrite=overwrite)
    _check_destination(source, destination, clip, options, overwrite=overwrite)
    colorizer = colorizer or Colorizer.open()
    run = fingerprint(source, options, colorizer)
    damage = Damage()
    warnings: list[str] = []
    with _writing(destination), open_work(destination, run, restart=overwrite) as work:
        resumed = bool(work.segments)
        sheet = ContactSheet(work.path, clip) if contact_sheet else None
        if not work.is_colored:
            rest = _color_rest(source, work, clip, options, colorizer, damage, warnings)
            with closing(rest) as colored:
                left = _count_left(work, clip, options.excerpt)
                shown = progress(colored, total=left, description=clip.name)
                shown = sheet.watch(shown) if sheet else shown
                _write_segments(shown, work, clip, options, is_stopped)
        if not work.is_colored:
            raise _stopped(source, destination, work, clip, options)
        with atomic_path(destination) as temporary:
            warnings += mux_film(source, work.path, work.segments, temporary, clip, options)
        if contact_sheet and sheet:
            warnings += _sheet_warnings(sheet.write(contact_sheet), work.scenes)
        work.clear()
    warnings += damage.warnings(clip, is_whole=options.excerpt is None)
    warnings += format_warnings(clip, options)
    warnings += unused_hints(options.hints, work.scenes)
    return VideoResult(
        source,
        destination,
        frames=work.frames,
        scenes=work.scenes,
        seconds=float(work.ticks * clip.time_base),
        warnings=tuple(warnings),
        resumed=resumed,
    )


def _color_rest(
    source: Path,
    work: WorkFolder,
    clip: Clip,
    options: VideoOptions,
    colorizer: Colorizer,
    damage: Damage,
    warnings: list[str],
) -> Generator[tuple[av.VideoFrame, int, SceneState | None], None, None]:
    """Color what no part has yet."""
    return color_frames(
        colorizer,
        frames_left(source, work.resume, damage, clip, options.excerpt),
        clip,
        choose_format(clip, options),
        options,
        work.resume.state if work.resume else None,
        open_painter(source, clip, options, colorizer, warnings),
    )


def _sheet_warnings(shown: int, scenes: int) -> list[str]:
    if shown == scenes:
        return []
    if not shown:
        return ["There is no contact sheet: no scene begins in what this run has colored"]
    return ["The contact sheet has only the scenes that this run has colored"]


def _count_left(work: WorkFolder, clip: Clip, excerpt: Excerpt | None) -> int | None:
    """Tell about how many frames there are to color."""
    total = clip.frames
    if total and excerpt and clip.rate:
        beyond = max(0, total - round(excerpt.start * clip.rate))
        total = min(beyond, round(excerpt.seconds * clip.rate))
    return max(0, total - work.frames) if total else None


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


def _write_segments(
    colored: Iterable[tuple[av.VideoFrame, int, SceneState | None]],
    work: WorkFolder,
    clip: Clip,
    options: VideoOptions,
    is_stopped: Callable[[], bool],
) -> None:
    """Encode colored frames in parts, up to the end or until it is stopped."""
    suffix = CODECS[options.codec].segment
    writer: SegmentWriter | None = None
    try:
        for frame, scene, state in colored:
            stopped = state is not None and is_stopped()
            if writer and state and (stopped or _is_long(writer, state)):
                work.add(writer.close(), ResumePoint(ticks_of(frame), state))
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
    seconds = float(work.ticks * clip.time_base)
    return StoppedError(
        f"Stopped after {seconds:.1f} s of {clip.name}, which are in {path}", advice
    )
