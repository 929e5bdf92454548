"""A contact sheet: the first frame of every scene, in color, with the scene's number and time."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from autochrome.atomic import atomic_path
from autochrome.errors import OutputError, UsageError
from autochrome.pipeline import Colorizer
from autochrome.progress import Progress, no_progress
from autochrome.video.container.encoder import choose_format
from autochrome.video.container.excerpt import format_time
from autochrome.video.container.source import Clip, describe, open_input, read_frames
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.picture.check import look_at_picture
from autochrome.video.retouch.hints import unused_hints
from autochrome.video.retouch.painter import open_painter
from autochrome.video.retouch.survey import number_scenes
from autochrome.video.steady.scene import SceneState

logger = logging.getLogger(__name__)

TILE = re.compile(r"scene-\d{5}\.png")
"""What the files of tiles are called."""

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

_WIDTH = 320  # of a picture, in pixels
_GAP = 8
_LINE = 28  # height of what is written below
_PAPER, _INK = 24, (230, 230, 230)
_FONT_SIZE = 0.55
_MAX_SIDE = 16000  # pixels of a sheet; WebP has the smallest limit, 16383


Colored = tuple[av.VideoFrame, int, SceneState | None]
"""A colored frame, its scene and, of a key frame, its state; see `color_frames`."""


class ContactSheet:
    """A sheet in the making: tiles lie in a folder, so that a film can be continued later.

    Parameters
    ----------
    folder : of the tiles.
    clip : whose frames they are.
    """

    def __init__(self, folder: Path, clip: Clip) -> None:
        self._folder = folder
        self._clip = clip

    def add(self, frame: av.VideoFrame, scene: int) -> None:
        """Add the first frame of a scene, counted from 0, in color; the frame stays as it is."""
        seconds = (frame.time or 0.0) - self._clip.start_seconds
        tile = _labeled(_small_picture(frame, self._clip), f"{scene + 1}   {format_time(seconds)}")
        with atomic_path(self._folder / f"scene-{scene + 1:05d}.png") as temporary:
            temporary.write_bytes(_encoded(tile, ".png"))

    def watch(self, colored: Iterable[Colored]) -> Iterator[Colored]:
        """Add the first frame of every scene that comes by."""
        for frame, scene, state in colored:
            if state is not None and state.number == 0:
                self.add(frame, scene)
            yield frame, scene, state

    def write(self, path: Path) -> int:
        """Write the sheet, if there are tiles, and remove them; returns how many there are."""
        files = sorted(file for file in self._folder.iterdir() if TILE.fullmatch(file.name))
        if not files:
            return 0
        tiles: list[Any] = [cv2.imread(str(file)) for file in files]
        sheet = _fitting(_arranged(tiles))
        with atomic_path(path) as temporary:
            temporary.write_bytes(_encoded(sheet, path.suffix.lower()))
        for file in files:
            file.unlink()
        return len(files)


def write_contact_sheet(
    source: str | Path,
    destination: str | Path,
    options: VideoOptions | None = None,
    *,
    colorizer: Colorizer | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> int:
    """Look through a film and color the first frame of each of its scenes; the film is not written.

    Hints and references that are not used are logged.

    Parameters
    ----------
    source : a file that FFmpeg reads.
    destination : ends in .jpg, .png or .webp.
    options : of color; hints are shown.
    colorizer : opened with the default model if there is none.
    overwrite : replace an existing file.
    progress : shows the frames.

    Returns
    -------
    How many scenes there are.

    Raises
    ------
    UnreadableVideoError
        If the source is missing, or not a film.
    UsageError, OutputError
        If the destination cannot be written, or exists, the film is over before its excerpt, or the
        options are of another type.
    """
    source, destination = Path(source), Path(destination)
    options = VideoOptions() if options is None else options
    VideoOptions.check(options)
    check_sheet(destination, overwrite=overwrite)
    colorizer = colorizer or Colorizer.open()
    with open_input(source) as container, TemporaryDirectory(prefix="autochrome-") as folder:
        clip = describe(container, source.name)
        clip, frames = look_at_picture(clip, read_frames(container))
        if options.excerpt:
            frames = options.excerpt.cut(frames, clip)
        sheet = ContactSheet(Path(folder), clip)
        shown = progress(frames, total=None, description=clip.name)
        pix_fmt = choose_format(clip, options)
        size = colorizer.working_size(clip.height, clip.width, options.color.working_side)
        warnings: list[str] = []
        painter = open_painter(source, clip, options, colorizer, warnings)
        count = 0
        for first, scene, is_first in number_scenes(shown, clip, options, size):
            if is_first:
                state, count = SceneState(scene), scene + 1
                (tile,) = color_frames(colorizer, [first], clip, pix_fmt, options, state, painter)
                sheet.add(tile[0], scene)
        sheet.write(destination)
    for warning in (*warnings, *unused_hints(options.hints, count)):
        logger.warning(warning)
    return count


def check_sheet(path: Path, *, overwrite: bool) -> None:
    """Refuse a contact sheet that could not be written, before any work.

    Raises
    ------
    UsageError
        If its suffix is unknown.
    OutputError
        If it exists.
    """
    if path.suffix.lower() not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise UsageError(f"A contact sheet ends in one of {known}, not {path.suffix or path.name}")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} exists", "Choose another name, or allow overwriting")


def _small_picture(frame: av.VideoFrame, clip: Clip) -> NDArray[np.uint8]:
    """Return a frame as it is shown, `_WIDTH` pixels wide, BGR."""
    width = frame.width * float(clip.sample_aspect_ratio or 1)
    height = max(1, round(frame.height * _WIDTH / width))
    picture = frame.reformat(_WIDTH, height, "bgr24", interpolation="AREA")
    return np.asarray(picture.to_ndarray(), dtype=np.uint8)


def _labeled(picture: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    tile = np.full((height + _LINE, width, 3), _PAPER, dtype=np.uint8)
    tile[:height] = picture
    # The letters come with OpenCV: a server may have no font at all.
    place = (2, height + _LINE - 9)
    cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, _FONT_SIZE, _INK, 1, cv2.LINE_AA)
    return tile


def _arranged(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay tiles out in rows, so that the sheet is about as wide as high."""
    height, width = tiles[0].shape[:2]
    across = math.ceil(math.sqrt(len(tiles) * (height + _GAP) / (width + _GAP)))
    down = -(-len(tiles) // across)
    size = (_GAP + down * (height + _GAP), _GAP + across * (width + _GAP), 3)
    sheet = np.full(size, _PAPER, dtype=np.uint8)
    for index, tile in enumerate(tiles):
        top, left = (
            _GAP + place * side
            for place, side in zip(
                divmod(index, across), (height + _GAP, width + _GAP), strict=True
            )
        )
        sheet[top : top + height, left : left + width] = tile
    return sheet


def _fitting(sheet: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = min(1, _MAX_SIDE / max(sheet.shape))
    if scale == 1:
        return sheet
    smaller = cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def _encoded(picture: NDArray[np.uint8], suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, picture)
    if not done:
        raise OutputError(f"Cannot write a contact sheet as {suffix}", "Give a name in .jpg")
    return bytes(data)
