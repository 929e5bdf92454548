"""Write a photograph: whole, in place at once, or not at all."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from autochrome.atomic import discard, temporary_beside
from autochrome.errors import OutputError
from autochrome.photo.failure import disk_failure, is_memory_failure, memory_failure, reason
from autochrome.photo.mark import mark
from autochrome.photo.metadata import Metadata, Provenance, attach, finish
from autochrome.photo.output_profile import Profile, in_profile
from autochrome.photo.read import Photo
from autochrome.photo.turn import turn_upright

logger = logging.getLogger(__name__)

_LARGEST_SIDE = {".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383, ".avif": 16_384}
_CLASSIC_TIFF_BYTES = 3_500_000_000  # uncompressed; 32-bit offsets end at 4 GiB

DEEP_SUFFIXES = frozenset({".png", ".tif", ".tiff"})
"""Those that keep 16 bits."""

WRITABLE_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".avif"})


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How a photograph is written, whatever its format.

    Parameters
    ----------
    quality : of JPEG, WebP and AVIF, in [1, 100].
    profile : color space of the file: "srgb", "p3" (Display P3), or "keep" for the photograph's
        own if that is RGB.
    autorotate : turn the pixels upright and reset the orientation tag.
    provenance : what colored the photograph, to be said in the file; None says nothing.
    mark : whether to draw a small visible mark in a corner, where L* then changes.
    """

    quality: int = 95
    profile: Profile = "srgb"
    autorotate: bool = False
    provenance: Provenance | None = None
    mark: bool = False


def check_destination(destination: Path, height: int, width: int, *, overwrite: bool) -> None:
    """Refuse a destination that cannot take the photograph, before any work is done.

    Raises
    ------
    OutputError
        If the suffix is unknown, the format is too small for the photograph, the folder is
        missing or forbidden, or the file exists and may not be overwritten.
    """
    check_format(destination.suffix, height, width)
    with _failures(destination):
        if not destination.parent.is_dir():
            raise OutputError(f"There is no folder {destination.parent}", "Make it first")
        if destination.is_dir():
            raise OutputError(f"{destination} is a folder", "Name a file")
        if not overwrite and destination.exists():
            raise _exists(destination)


def check_format(suffix: str, height: int, width: int) -> None:
    """Raise OutputError if no format has this suffix, or it cannot hold so many pixels."""
    suffix = suffix.lower()
    if suffix not in WRITABLE_SUFFIXES:
        raise OutputError(
            f"Cannot write the format {suffix!r}",
            f"Use one of {', '.join(sorted(WRITABLE_SUFFIXES))}",
        )
    limit = _LARGEST_SIDE.get(suffix)
    if limit and max(height, width) > limit:
        raise OutputError(
            f"{width} x {height} pixels are too many for {suffix}: its limit is {limit} a side",
            "Write a TIFF (.tif)",
        )


def write(
    image: pyvips.Image,
    photo: Photo,
    destination: Path,
    options: WriteOptions,
    *,
    overwrite: bool,
) -> tuple[str, ...]:
    """Compute an sRGB image made from `photo` and write it.

    A temporary file in the same folder takes the pixels and is renamed when it is complete, so
    that nothing half-written ever has the destination's name.

    Returns
    -------
    Names of the metadata that the format could not hold.

    Raises
    ------
    OutputError
        If the file cannot be written, or exists and may not be overwritten.
    UnreadablePhotoError
        If `photo` turns out to be damaged.
    PhotoMemoryError
        If there is not enough memory.
    """
    suffix = destination.suffix.lower()
    temporary = temporary_beside(destination)
    try:
        with _failures(destination):
            # Made by us, so that a forbidden folder is told from a full disk.
            temporary.touch(exist_ok=False)
            metadata = _save(image, photo, temporary, options)
            with temporary.open("rb+") as file:
                lost = finish(file, suffix, metadata)
        place(temporary, destination, overwrite=overwrite)
    finally:
        discard(temporary)
    return lost


def encode(image: pyvips.Image, photo: Photo, suffix: str, options: WriteOptions) -> bytes:
    """Compute an sRGB image made from `photo` into the bytes of a file; see `write`.

    What the format could not hold is logged as a warning.
    """
    suffix = suffix.lower()
    try:
        prepared, metadata = _prepared(image, photo, suffix, options)
        file = io.BytesIO(
            prepared.write_to_buffer(suffix, **_save_options(prepared, suffix, options))
        )
    except (pyvips.Error, MemoryError) as error:
        raise _write_failure(f"the result as {suffix}", "", photo, error) from error
    lost = finish(file, suffix, metadata)
    if lost:
        logger.warning("not kept, %s has no place for it: %s", suffix, ", ".join(lost))
    return file.getvalue()


def _save(image: pyvips.Image, photo: Photo, path: Path, options: WriteOptions) -> Metadata:
    suffix = path.suffix
    # By descriptor: libvips takes only UTF-8 for a name.
    with path.open("rb+") as file:
        target = pyvips.Target.new_to_descriptor(file.fileno())
        try:
            prepared, metadata = _prepared(image, photo, suffix, options)
            prepared.write_to_target(target, suffix, **_save_options(prepared, suffix, options))
        except (pyvips.Error, MemoryError) as error:
            raise disk_failure(path, error) or _write_failure(
                f"to {path.parent}", "Is the disk full?", photo, error
            ) from error
    return metadata


def _write_failure(
    where: str, advice: str, photo: Photo, error: pyvips.Error | MemoryError
) -> Exception:
    if is_memory_failure(error):
        return memory_failure(photo.name)
    # Pixels are decoded while they are written: first see which of the two failed.
    photo.check_pixels()
    return OutputError(f"Cannot write {where}: {reason(error)}", advice)


def _prepared(
    image: pyvips.Image, photo: Photo, suffix: str, options: WriteOptions
) -> tuple[pyvips.Image, Metadata]:
    """Fit the image to the format, and drop what no longer describes it."""
    if options.mark:
        image = photo.stack([mark(frame) for frame in photo.split(image)])
    depth = photo.depth if suffix in DEEP_SUFFIXES else 8
    image, is_srgb = in_profile(image, photo, options.profile, depth)
    if suffix in (".jpg", ".jpeg") and image.hasalpha():
        image = image.flatten(background=[255])  # JPEG has no alpha: on white, as on paper
    if suffix == ".avif" or options.autorotate:  # readers of AVIF do not look at the EXIF tag
        image = turn_upright(image, photo)
    image = image.copy()
    image.remove("jpeg-thumbnail-data")  # of the uncolored photograph
    return attach(image, photo.metadata, suffix, provenance=options.provenance, srgb=is_srgb)


def _save_options(image: pyvips.Image, suffix: str, options: WriteOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if suffix in (".jpg", ".jpeg"):
        settings |= {"Q": options.quality, "subsample_mode": "off", "optimize_coding": False}
    elif suffix == ".webp":
        # Its scale is another: only its 100 keeps L* as well as 95 does in JPEG, at the same size.
        settings |= {"Q": min(100, options.quality + 5), "smart_subsample": True}
    elif suffix == ".avif":
        settings |= {
            "Q": options.quality,
            "subsample_mode": "off",
            "compression": "av1",
            "bitdepth": 8,
        }
    elif suffix in (".tif", ".tiff"):
        size = image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
        settings |= {
            "compression": "deflate",
            "predictor": "horizontal",
            "bigtiff": size > _CLASSIC_TIFF_BYTES,
        }
    return settings


def place(temporary: Path, destination: Path, *, overwrite: bool) -> None:
    """Flush a complete file to disk and give it its name; see `write`."""
    with _failures(destination):
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        _move(temporary, destination, overwrite)


@contextmanager
def _failures(destination: Path) -> Iterator[None]:
    """Turn what the file system says into errors that name the destination."""
    try:
        yield
    except FileExistsError as error:
        raise _exists(destination) from error
    except OSError as error:
        raise disk_failure(destination, error) or OutputError(
            f"Cannot write {destination}: {error.strerror}", "Check the folder and its permissions"
        ) from error


def _move(temporary: Path, destination: Path, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(destination)
        return
    try:
        # Unlike a rename, a link never replaces a file that has appeared meanwhile.
        destination.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if destination.exists():
            raise FileExistsError(destination) from None
        temporary.rename(destination)


def _exists(destination: Path) -> OutputError:
    return OutputError(
        f"{destination} exists already", "Choose another name, or allow overwriting (--overwrite)"
    )
