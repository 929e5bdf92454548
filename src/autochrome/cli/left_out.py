"""Images that a folder holds and that are not read: told of, so that nobody believes them done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from autochrome.batch.storage import Location
from autochrome.cli.failure import tell
from autochrome.photo.naming import READABLE_SUFFIXES

_RAW = (
    *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc"),
    *(".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl"),
    *(".sr2", ".srf", ".srw", ".x3f"),
)
_IMAGES = READABLE_SUFFIXES.union(  # of those too: some commands read fewer
    _RAW,
    (".djvu", ".eps", ".exr", ".fits", ".hdr", ".jxl", ".jxr", ".pcd", ".pcx", ".pdf"),
    (".psb", ".psd", ".tga", ".xcf"),
)


@contextmanager
def telling_left_out(*, quiet: bool) -> Iterator[Callable[[Location], object]]:
    """Take files that are not read, as often as one likes, and tell of images among them."""
    files: set[Location] = set()

    def leave_out(file: Location) -> None:
        if file.suffix.lower() in _IMAGES:
            files.add(file)

    try:
        yield leave_out
    finally:
        if not quiet:
            tell_left_out(files)


def tell_left_out(files: Iterable[Location]) -> None:
    """Say how many images, and of which kinds, are among files that are not read."""
    suffixes = Counter(file.suffix.lower() for file in files)
    images = [f"{n} {suffix}" for suffix, n in suffixes.most_common() if suffix in _IMAGES]
    if images:
        tell(f"Left out, not read: {', '.join(images)}")
