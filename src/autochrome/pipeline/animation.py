"""The frames of an animation: color that does not flicker, and one image of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import OutputError
from autochrome.photo import Photo
from autochrome.photo.failure import read_failure

_MEMORY = 0.9  # how much of the color before stays where nothing moved
_SAME = 3.0  # difference of L* that counts as nothing


def steady(
    frames: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> Iterator[NDArray[np.float32]]:
    """Let each place keep its color for as long as its lightness stays.

    Parameters
    ----------
    frames : of each frame L* (h, w) and predicted ab (h, w, 2).

    Yields
    ------
    (h, w, 2) ab of each frame: a mean over time that begins anew where something moves.
    """
    before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    for lightness, ab in frames:
        if before is not None:
            change = (lightness - before[0]) / np.float32(_SAME)
            share = np.float32(_MEMORY) * np.exp(-(change**2))[..., None]
            ab = ab + share * (before[1] - ab)
        before = (lightness, ab)
        yield ab


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
        with TemporaryDirectory(prefix="autochrome-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, "frames")
            with path.open("wb") as file:
                for frame in frames:
                    file.write(frame.write_to_memory())
            return _opened(path, frame, photo)  # libvips holds the file, its name may go
    except (pyvips.Error, MemoryError) as error:
        raise read_failure(photo.name, error) from error
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
