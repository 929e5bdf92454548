"""How the images of a sequence are named: by a pattern like ``frames/%05d.png``, or by a folder."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from autochrome.errors import UnreadableVideoError, UsageError
from autochrome.photo import WRITABLE_SUFFIXES
from autochrome.photo.naming import READABLE_SUFFIXES
from autochrome.video.container.containers import CONTAINERS
from autochrome.video.picture.stills import BY_FFMPEG

_NUMBER = re.compile(r"%(?:0\d+)?d")
_STILLS = READABLE_SUFFIXES | BY_FFMPEG
_NEW = "%05d.png"  # what the images of a film are called in a folder


def is_sequence(address: str | Path) -> bool:
    """Tell whether this names images: a pattern like ``frames/%05d.png``, or a folder.

    A file that is called like a pattern is none, nor is what ends like a film: 50%done.mp4.
    """
    text = str(address)
    path = Path(text)
    if "://" not in text and (path.is_dir() or text.endswith("/")):
        return True
    if path.is_file() or path.suffix.lower() in CONTAINERS:
        return False
    return bool(_NUMBER.search(path.name))


def list_images(address: str) -> dict[int, Path]:
    """Find the images of a sequence, in their order, by their numbers.

    In a folder they are sorted as people do, 9 before 10, and numbered by the last number in
    each name; if names do not tell them apart by it, from 1. Hidden files are left out: what
    other systems keep beside an image, and images that are being written.

    Raises
    ------
    UnreadableVideoError
        If there are none.
    """
    path = Path(address)
    if path.is_dir():
        found = sorted(filter(_is_image, path.iterdir()), key=_natural)
        numbers = [_last_number(file) for file in found]
        if any(later <= number for number, later in pairwise([-1, *numbers])):
            numbers = list(range(1, len(found) + 1))
        images = dict(zip(numbers, found, strict=True))
    else:
        before, after = _split_pattern(path.name)
        whole = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
        folder = path.parent.iterdir() if path.parent.is_dir() else ()
        matches = [match for file in folder if (match := whole.fullmatch(file.name))]
        found_at = sorted((int(match[1]), path.parent / match[0]) for match in matches)
        images = {number: file for number, file in found_at if file == numbered(path, number)}
    if not images:
        where = "in" if path.is_dir() else "like"
        raise UnreadableVideoError(
            f"There are no images {where} {address}",
            "Give a folder, or a pattern like frames/%05d.png",
        )
    return images


def _is_image(file: Path) -> bool:
    return not file.name.startswith(".") and file.suffix.lower() in _STILLS


def _split_pattern(name: str) -> tuple[str, str]:
    parts = _NUMBER.split(name)
    if len(parts) != 2:
        raise UsageError(f"{name} has several numbers", "Give a pattern with one, like %05d.png")
    return parts[0], parts[1]


def _natural(file: Path) -> list[tuple[int, str]]:
    """Sort by text and numbers by turns."""
    parts = re.split(r"(\d+)", file.name)
    return [(int(part), part) if part.isdigit() else (0, part) for part in parts]


def _last_number(file: Path) -> int:
    numbers = re.findall(r"\d+", file.stem)
    return int(numbers[-1]) if numbers else -1


def missing_numbers(images: dict[int, Path]) -> tuple[str, ...]:
    """Warn of numbers that no image has."""
    numbers = list(images)
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    return (f"{missing} numbers are missing among the images",) if missing else ()


def output_names(images: dict[int, Path], destination: str) -> list[Path]:
    """Name an output for each image: by its number, or in a folder by its name.

    Raises
    ------
    UsageError
        If an output would take the place of an image, or of another output.
    """
    path = Path(destination)
    if _NUMBER.search(path.name):
        names = [numbered(path, number) for number in images]
    else:
        names = [path / _writable(file).name for file in images.values()]
    taken = {file.resolve() for file in images.values()}
    for name in names:
        if name.resolve() in taken:
            raise UsageError(f"{name} would be written twice, or over an image that is read")
        taken.add(name.resolve())
    return names


def _writable(file: Path) -> Path:
    return file if file.suffix.lower() in WRITABLE_SUFFIXES else file.with_suffix(".png")


def numbered(pattern: Path, number: int) -> Path:
    """Name the image that has a number."""
    _split_pattern(pattern.name)
    return pattern.with_name(_NUMBER.sub(lambda width: width[0] % number, pattern.name))


def film_pattern(destination: str) -> Path:
    """Return the pattern by which the images of a film are named."""
    path = Path(destination)
    return path if _NUMBER.search(path.name) else path / _NEW
