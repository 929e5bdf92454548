"""One image of all frames of an animation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyvips

from autochrome.errors import OutputError
from autochrome.photo.failure import reading
from autochrome.photo.read import Photo


def stack_frames(photo: Photo, frames: Iterable[pyvips.Image]) -> pyvips.Image:
    """Compute the frames, one after the other, and put them one below the other.

    They lie in a temporary file, in the folder that TMPDIR names: as one lazy graph, each frame
    would keep the buffers of its own part of it until the last is done.

    Raises
    ------
    UnreadablePhotoError, PhotoMemoryError
        If the frames cannot be computed.
    OutputError
        If there is no room for the file.
    """
    try:
        with (
            reading(photo.name),
            TemporaryDirectory(prefix="autochrome-", ignore_cleanup_errors=True) as folder,
        ):
            path = Path(folder, "frames")
            with path.open("wb") as file:
                for frame in frames:
                    file.write(frame.write_to_memory())
            return _opened(path, frame, photo)  # libvips holds the file, its name may go
    except OSError as error:
        raise OutputError(
            f"Cannot write a temporary file: {error.strerror}", "Set TMPDIR to a folder with room"
        ) from error


def _opened(path: Path, frame: pyvips.Image, photo: Photo) -> pyvips.Image:
    stacked = pyvips.Image.rawload(
        str(path),
        frame.width,
        frame.height * photo.frames,
        frame.bands,
        format=frame.format,
        interpretation=frame.interpretation,
    ).copy(xres=frame.xres, yres=frame.yres)
    for field in frame.get_fields():
        if field not in stacked.get_fields():
            stacked.set_type(frame.get_typeof(field), field, frame.get(field))
    stacked.set_type(pyvips.GValue.gint_type, "page-height", frame.height)
    return stacked
