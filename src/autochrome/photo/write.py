"""Write a photograph: whole, in place at once, or not at all."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from autochrome.errors import OutputError
from autochrome.photo.failure import is_memory_failure, memory_failure, reason
from autochrome.photo.read import Photo

_DEEP_SUFFIXES = frozenset({".png", ".tif", ".tiff"})  # those that keep 16 bits
_LARGEST_SIDE = {".jpg": 65_535, ".jpeg": 65_535, ".webp": 16_383, ".avif": 65_535}
_CLASSIC_TIFF_BYTES = 3_500_000_000  # uncompressed; 32-bit offsets end at 4 GiB
_EXIF_COLOR_SPACE = "exif-ifd2-ColorSpace"

WRITABLE_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".avif"})


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How a photograph is written, whatever its format.

    Parameters
    ----------
    quality : of JPEG, WebP and AVIF, in [1, 100].
    """

    quality: int = 95


def check_destination(destination: Path, height: int, width: int, *, overwrite: bool) -> None:
    """Refuse a destination that cannot take the photograph, before any work is done.

    Raises
    ------
    OutputError
        If the suffix is unknown, the format is too small for the photograph, the folder is
        missing, or the file exists and may not be overwritten.
    """
    check_format(destination.suffix, height, width)
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
) -> None:
    """Compute an sRGB image made from `photo` and write it.

    A temporary file in the same folder takes the pixels and is renamed when it is complete, so
    that nothing half-written ever has the destination's name.

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
    temporary = destination.with_name(f".autochrome-{secrets.token_hex(8)}.part{suffix}")
    try:
        # Made by us, so that a forbidden folder is told from a full disk.
        temporary.touch(exist_ok=False)
        _save(image, photo, temporary, _save_options(image, suffix, options))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        _move(temporary, destination, overwrite)
    except FileExistsError as error:
        raise _exists(destination) from error
    except OSError as error:
        raise OutputError(
            f"Cannot write {destination}: {error.strerror}", "Check the folder and its permissions"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def encode(image: pyvips.Image, photo: Photo, suffix: str, options: WriteOptions) -> bytes:
    """Compute an sRGB image made from `photo` into the bytes of a file; see `write`."""
    suffix = suffix.lower()
    try:
        data: bytes = _prepared(image, suffix).write_to_buffer(
            suffix, **_save_options(image, suffix, options)
        )
    except (pyvips.Error, MemoryError) as error:
        raise _write_failure(f"the result as {suffix}", "", photo, error) from error
    return data


def _save(image: pyvips.Image, photo: Photo, path: Path, settings: dict[str, Any]) -> None:
    suffix = path.suffix
    # By descriptor: libvips takes only UTF-8 for a name.
    with path.open("rb+") as file:
        target = pyvips.Target.new_to_descriptor(file.fileno())
        try:
            _prepared(image, suffix).write_to_target(target, suffix, **settings)
        except (pyvips.Error, MemoryError) as error:
            raise _write_failure(f"to {path.parent}", "Is the disk full?", photo, error) from error


def _write_failure(
    where: str, advice: str, photo: Photo, error: pyvips.Error | MemoryError
) -> Exception:
    if is_memory_failure(error):
        return memory_failure(photo.name)
    # Pixels are decoded while they are written: first see which of the two failed.
    photo.check_pixels()
    return OutputError(f"Cannot write {where}: {reason(error)}", advice)


def _prepared(image: pyvips.Image, suffix: str) -> pyvips.Image:
    """Fit the image to the format, and drop what no longer describes it."""
    if suffix not in _DEEP_SUFFIXES and image.format == "ushort":
        image = image.colourspace("srgb")
    if suffix in (".jpg", ".jpeg") and image.hasalpha():
        image = image.flatten(background=[255])  # JPEG has no alpha: on white, as on paper
    if suffix == ".avif" and image.get_typeof("orientation"):
        image = image.copy_memory().autorot()  # readers of AVIF do not look at the EXIF tag
    image = image.copy()
    for field in ("icc-profile-data", "jpeg-thumbnail-data"):  # of the uncolored photograph
        image.remove(field)
    if image.get_typeof(_EXIF_COLOR_SPACE):
        image.set_type(pyvips.GValue.gstr_type, _EXIF_COLOR_SPACE, "1")  # sRGB
    return image


def _save_options(image: pyvips.Image, suffix: str, options: WriteOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {"profile": "srgb"}
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
