"""Films that are sequences of images, one for each frame.

Images are read and written as photographs are, and so keep their L*, their 16 bits and their
metadata. A sequence goes into images or into a film, and a film into images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count as count_from
from pathlib import Path

import av
from av.container import InputContainer

from autochrome.errors import UnreadableVideoError
from autochrome.photo import Photo, check_destination, write
from autochrome.pipeline import Colorizer
from autochrome.pipeline.files import writing_options
from autochrome.progress import Progress, no_progress
from autochrome.video.container.addresses import open_source
from autochrome.video.container.copies import content_of, not_kept
from autochrome.video.container.encoder import choose_format
from autochrome.video.container.numbering import (
    film_pattern,
    is_sequence,
    list_images,
    missing_numbers,
    numbered,
    output_names,
)
from autochrome.video.container.reading import Reading
from autochrome.video.container.sink import open_sink
from autochrome.video.container.source import Clip, describe, find_picture
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.picture.check import look_at_picture
from autochrome.video.picture.photos import color_photos
from autochrome.video.picture.stills import clip_of, frame_to_photo, open_still, photo_to_frame
from autochrome.video.result import VideoResult
from autochrome.video.retouch.hints import HintPainter, check_hints, unused_hints


def colorize_sequence(
    source: str,
    destination: str,
    options: VideoOptions,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> VideoResult:
    """Color a film that comes or goes as a sequence of images.

    Each image is written whole or not at all; those that are done when something goes wrong stay.
    From a sequence to a sequence numbers are kept, and in a folder names are. Nothing is
    resumed: what is there already is refused, or written again.

    Parameters
    ----------
    source, destination : of which one at least is a pattern or a folder; the other may be a film.
    options : of which `rate` says how fast images follow each other in a film.
    colorizer, overwrite, progress : see `colorize_video`.

    Raises
    ------
    UnreadablePhotoError, UnreadableVideoError
        If an image or the film cannot be read.
    OutputError
        If an output cannot be written, or exists and may not be overwritten.
    UsageError
        If the images are not of one size, or a hint lies outside them.
    """
    if not is_sequence(source):
        return _film_to_images(source, destination, options, colorizer, overwrite, progress)
    images = list_images(source)
    first = open_still(next(iter(images.values())))
    check_hints(options.hints, clip_of(first, source, options.rate))
    photos = map(open_still, progress(images.values(), total=len(images), description="Coloring"))
    if is_sequence(destination):
        names = output_names(images, destination)
        for name in names:
            _check(name, first.height, first.width, overwrite)
        count, scenes = _write_images(colorizer, photos, names, options, overwrite)
    else:
        count, scenes = _images_to_film(colorizer, photos, source, destination, options, overwrite)
    warnings = missing_numbers(images) + unused_hints(options.hints, scenes)
    return VideoResult(source, destination, count, scenes, warnings=warnings)


def _check(name: Path, height: int, width: int, overwrite: bool) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    check_destination(name, height, width, overwrite=overwrite)


def _write_images(
    colorizer: Colorizer,
    photos: Iterable[Photo],
    names: Iterable[Path],
    options: VideoOptions,
    overwrite: bool,
) -> tuple[int, int]:
    """Color photographs into files; return how many, and how many scenes there were."""
    writing = writing_options(options.color, colorizer.manifest)
    count = scenes = 0
    painter = HintPainter(options.hints)
    colored = color_photos(colorizer, photos, options.color, painter)
    for (photo, image, scene), name in zip(colored, names, strict=False):
        write(image, photo, name, writing, overwrite=overwrite)
        count, scenes = count + 1, scene + 1
    return count, scenes


def _images_to_film(
    colorizer: Colorizer,
    photos: Iterator[Photo],
    source: str,
    destination: str,
    options: VideoOptions,
    overwrite: bool,
) -> tuple[int, int]:
    first = next(photos)
    clip = clip_of(first, source, options.rate)
    pix_fmt = choose_format(clip, options)
    clip = replace(clip, pix_fmt=pix_fmt)

    def frames() -> Iterator[av.VideoFrame]:
        yield photo_to_frame(first, 0, clip, pix_fmt)
        for index, photo in enumerate(photos, 1):
            yield photo_to_frame(photo, index, clip, pix_fmt)

    count = scenes = 0
    with open_sink(destination, options, overwrite=overwrite) as sink:
        sink.add_video(clip, options)
        with closing(color_frames(colorizer, frames(), clip, pix_fmt, options)) as colored:
            for frame, scene, _ in colored:
                count, scenes = count + 1, scene + 1
                sink.encode(frame)
        sink.encode(None)
    return count, scenes


def _film_to_images(
    source: str,
    destination: str,
    options: VideoOptions,
    colorizer: Colorizer,
    overwrite: bool,
    progress: Progress,
) -> VideoResult:
    pattern = film_pattern(destination)
    with open_source(source) as container:
        clip = describe(container, source)
        reading = Reading(container, clip)
        clip, frames = look_at_picture(clip, reading.frames())
        check_hints(options.hints, clip)
        _check(numbered(pattern, 1), clip.height, clip.width, overwrite)
        pace = _Pace()
        frames = pace.watch(progress(frames, total=None, description="Coloring"))
        photos = (frame_to_photo(frame, clip, number) for number, frame in enumerate(frames, 1))
        names = (numbered(pattern, number) for number in count_from(1))
        count, scenes = _write_images(colorizer, photos, names, options, overwrite)
        if reading.broken or not count:
            raise UnreadableVideoError(
                f"{source} breaks off after {count} frames {reading.broken}".rstrip(),
                "Copy or send it again",
            )
        lost = [not_kept(what, "a sequence of images") for what in _beside(container, clip, pace)]
        warnings = (*lost, *reading.warnings(), *unused_hints(options.hints, scenes))
    return VideoResult(source, destination, count, scenes, warnings=warnings)


@dataclass
class _Pace:
    """Tells whether the frames of a film come evenly.

    Parameters
    ----------
    shortest, longest : from one frame to the next, in ticks; 0 before there are two.
    """

    shortest: int = 0
    longest: int = 0

    def watch(self, frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Take note of frames that come by, each of which has a time."""
        last: int | None = None
        for frame in frames:
            assert frame.pts is not None
            if last is not None:
                step = frame.pts - last
                self.shortest = min(self.shortest or step, step)
                self.longest = max(self.longest, step)
            last = frame.pts
            yield frame

    @property
    def is_even(self) -> bool:
        """Whether it is the same all the time, but for the rounding to ticks."""
        rounding = 1 if self.shortest > 2 else 0
        return self.longest <= 1.1 * self.shortest + rounding


def _beside(container: InputContainer, clip: Clip, pace: _Pace) -> Iterator[str]:
    """List what a film has that images have no place for."""
    picture = find_picture(container, clip.name)
    for stream in container.streams:
        if stream is not picture and stream.type != "data":
            yield content_of(stream)
    if not pace.is_even:
        yield "uneven times"
    if clip.sample_aspect_ratio and clip.sample_aspect_ratio != 1:
        yield f"pixels that are not square ({clip.sample_aspect_ratio})"
